import { graphql } from "relay-runtime";

export const projectsQuery = graphql`
  query projectsQuery($prefix: String) {
    ...projects_list @arguments(prefix: $prefix)
  }
`;

// usePaginationFragment(projectsList, data).loadNext(10) requests the next page.
export const projectsList = graphql`
  fragment projects_list on Query
  @argumentDefinitions(
    prefix: { type: "String" }
    count: { type: "Int", defaultValue: 10 }
    cursor: { type: "String" }
  )
  @refetchable(queryName: "projectsPageQuery") {
    projects(first: $count, after: $cursor, filter: { prefix: $prefix })
      @connection(key: "projects_projects", filters: ["filter"]) {
      edges {
        node {
          id
          name
          latestJob {
            id
            ...projects_job
          }
        }
      }
    }
  }
`;

// Relay requests the next resources of one job with node(id).
export const projectsJob = graphql`
  fragment projects_job on Job
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" })
  @refetchable(queryName: "projectsJobQuery") {
    totalMonthlyCost
    resources(first: $count, after: $cursor) @connection(key: "projects_resources") {
      edges {
        node {
          resourceId
          totalMonthlyCost
        }
      }
    }
  }
`;

export const storeMutation = graphql`
  mutation projectsStoreMutation($input: StoreEstimateInput!) {
    storeEstimate(input: $input) {
      created
      job {
        id
      }
    }
  }
`;
