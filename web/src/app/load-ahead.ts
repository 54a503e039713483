/** Pages that are often opened by their address: by a bookmark, or by a link from elsewhere. */
const PAGES: [RegExp, () => Promise<unknown>[]][] = [
  [/^\/p\/[^/]+\/overview$/, () => [import('../overview/OverviewPage.tsx'), import('../words/late.ts')]],
  [
    /^\/p\/[^/]+\/e\/[^/]+\/s\/[^/]+$/,
    () => [import('../dynamic-secrets/SecretPage.tsx'), import('../words/late.ts')],
  ],
  [/^\/leases$/, () => [import('../leases/LeasesPage.tsx'), import('../words/late.ts')]],
];

/** Loads a page's script together with that of the first page, not after it. The router asks for it again, and says what failed. */
export function loadAhead(pathname: string): void {
  const page = PAGES.find(([address]) => address.test(pathname));
  for (const loaded of page?.[1]() ?? []) loaded.catch(() => undefined);
}
