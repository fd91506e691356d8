/** The initial query of Apollo Sandbox and of the explorer. */
export const FIRST_QUERY = `# The newest estimates with their resources. If there are none, "results-storage push FILE" stores one.
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
