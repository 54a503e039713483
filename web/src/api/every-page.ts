/** All pages of a list that goes on by cursor, one after the other, or no more than so many of them. */
export async function everyPage<Page extends { nextCursor?: string | null }>(
  ask: (cursor: string | undefined) => Promise<Page>,
  most = Number.POSITIVE_INFINITY,
): Promise<Page[]> {
  const pages: Page[] = [];
  let cursor: string | null | undefined;
  do {
    const page: Page = await ask(cursor ?? undefined);
    pages.push(page);
    cursor = page.nextCursor;
  } while (cursor != null && pages.length < most);
  return pages;
}

/** All items of a list that goes on by number, and says how many there are. */
export async function everyItem<Item>(
  ask: (offset: number) => Promise<{ items: Item[]; totalCount: number }>,
): Promise<Item[]> {
  const all: Item[] = [];
  for (;;) {
    const { items, totalCount } = await ask(all.length);
    all.push(...items);
    // What is taken away meanwhile leaves fewer than were said.
    if (items.length === 0 || all.length >= totalCount) return all;
  }
}
