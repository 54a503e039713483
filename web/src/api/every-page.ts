/** All pages of a list that goes on by cursor, one after the other. */
export async function everyPage<Page extends { nextCursor?: string | null }>(
  ask: (cursor: string | undefined) => Promise<Page>,
): Promise<Page[]> {
  const pages: Page[] = [];
  let cursor: string | null | undefined;
  do {
    const page: Page = await ask(cursor ?? undefined);
    pages.push(page);
    cursor = page.nextCursor;
  } while (cursor != null);
  return pages;
}
