import { beforeAll, expect, test } from 'vitest';
import { Visitor } from './harness/browser.ts';
import type { Person } from './harness/people.ts';
import { furnishProject } from './harness/projects.ts';
import { browser, withBrowser } from './harness/visits.ts';

/** Of this file alone: what ends in another place is spoken there. */
const PROJECT = 'countdown';

let caller: Person;

withBrowser();

beforeAll(async () => {
  ({ who: caller } = await furnishProject(PROJECT, [['brief-bot', 'dev']], { revocable: true }));
});

interface Watched {
  /** What the row's status was, one after the other. */
  standings: string[];
  /** What was spoken. */
  spoken: string[];
}

/** Keeps what the status of a row says from now on, and whatever is put into a live region on the page. */
function watch(visitor: Visitor, reason: string): Promise<void> {
  return visitor.page.evaluate(wanted => {
    const kept: Watched = { standings: [], spoken: [] };
    Object.assign(window, { watched: kept });
    const add = (list: string[], text: string | undefined) => {
      if (text !== undefined && text !== '' && list.at(-1) !== text) list.push(text);
    };
    const look = () => {
      const row = [...document.querySelectorAll('tbody tr')].find(one => one.textContent?.includes(wanted));
      add(kept.standings, row?.querySelector('[data-tone]')?.textContent ?? undefined);
    };
    look();
    new MutationObserver(changes => {
      look();
      for (const { target } of changes) {
        const element = target instanceof Element ? target : target.parentElement;
        const region = element?.closest(
          '[aria-live]:not([aria-live="off"]), [role="status"], [role="alert"]',
        );
        add(kept.spoken, region?.textContent ?? undefined);
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  }, reason);
}

test('a lease with 85 s left ends before one’s eyes, and that is spoken at one minute and at the end', {
  timeout: 180_000,
}, async () => {
  const ana = await Visitor.open(browser);
  const { page } = ana;
  await ana.signIn('ana@example.com');
  const place = { projectSlug: PROJECT, environmentSlug: 'dev', dynamicSecretName: 'brief-bot' };
  await page.goto(`/p/${PROJECT}/e/dev/s/brief-bot`);
  await page.getByRole('tab', { name: 'Leases' }).waitFor();
  await caller.ask('POST', '/api/v1/dynamic-secrets/leases', { ...place, ttl: '85s', reason: 'short-lived' });
  const row = page.getByRole('row').filter({ hasText: 'short-lived' });
  await row.getByText('Ending soon').waitFor();
  await watch(ana, 'short-lived');
  await row.getByText('in 01:0').waitFor({ timeout: 40_000 });
  await ana.expectSound();
  await row.getByText('Expired').waitFor({ timeout: 100_000 });
  const { standings, spoken } = await page.evaluate(
    () => (window as unknown as { watched: Watched }).watched,
  );
  expect(standings.join(' ')).toMatch(/^Ending soon( Revoking…)? Expired$/);
  expect(spoken).toEqual(['1 minute left', 'Ended']);
  await ana.expectSound();
  await ana.close();
});
