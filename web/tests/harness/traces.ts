import type { Page } from 'playwright-core';

/** Where in a browser a text is to be found: what is drawn, what is kept, the address and the state of its history. */
export function traces(page: Page, text: string): Promise<string[]> {
  return page.evaluate(async wanted => {
    const typed = [...document.querySelectorAll<HTMLInputElement>('input, textarea')];
    // We have neither of these: one that is there is not looked through, and counts as found.
    const others = [...(await indexedDB.databases()), ...(await caches.keys())];
    const kept = {
      document: document.documentElement.outerHTML,
      fields: typed.map(field => field.value).join(),
      address: location.href,
      history: JSON.stringify(history.state),
      'local storage': JSON.stringify({ ...localStorage }),
      'session storage': JSON.stringify({ ...sessionStorage }),
      cookies: document.cookie,
      'name of the window': window.name,
      others: others.length === 0 ? '' : wanted,
    };
    return Object.entries(kept)
      .filter(([, held]) => held.includes(wanted))
      .map(([where]) => where);
  }, text);
}

/** Puts a text wherever `traces` looks, for whoever has to know that it would find one. */
export async function plant(page: Page, text: string): Promise<void> {
  await page.evaluate(async planted => {
    document.body.dataset.planted = planted;
    document.body.append(Object.assign(document.createElement('input'), { value: planted }));
    history.replaceState({ planted }, '', `?planted=${planted}`);
    localStorage.setItem('planted', planted);
    sessionStorage.setItem('planted', planted);
    await cookieStore.set('planted', planted);
    window.name = planted;
    await caches.open(planted);
  }, text);
}
