/** What Apollo Sandbox opens with, and the README's first query. */
export const FIRST_QUERY = `# The newest estimates, and what they are made of. Empty? "results-storage push FILE" stores one.
query NewestEstimates {
  jobs(first: 5) {
    totalCount
    nodes {
      id
      createdAt
      project
      currency
      totalMonthlyCost
      unpricedResourceCount
      services {
        service
        totalMonthlyCost
      }
      resources(first: 3) {
        nodes {
          resourceId
          totalMonthlyCost
        }
      }
      warnings {
        code
        message
      }
    }
  }
}
`;
