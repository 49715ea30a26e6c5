/** What one of several is answered with: that it cannot be had, as of a query that a later version stored, keeps no other from it. */
export async function orError<Result>(answer: () => Promise<Result>): Promise<Result | Error> {
  try {
    return await answer();
  } catch (error) {
    return error as Error;
  }
}
