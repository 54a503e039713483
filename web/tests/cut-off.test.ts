import { afterEach, beforeEach, expect, test } from 'vitest';
import { Visitor } from './harness/browser.ts';
import { browser, withBrowser } from './harness/visits.ts';

let visitor: Visitor;

withBrowser();

beforeEach(async () => {
  visitor = await Visitor.open(browser);
});
afterEach(() => visitor.close());

/** What is found wrong with a page that is only this. */
async function foundIn(html: string): Promise<string[]> {
  await visitor.page.setContent(html);
  return visitor.overflow();
}

const ROW =
  '<table aria-label="Leases"><tr><td>one</td><td><div style="width: 200px">two</div></td></tr></table>';

test('what a box cuts off is found, and what is left alone is not', async () => {
  for (const overflow of ['hidden', 'clip']) {
    const cut = await foundIn(
      `<div style="width: 100px; overflow: ${overflow}"><p style="margin-left: 90px">words</p></div>`,
    );
    expect(cut, overflow).toHaveLength(1);
    expect(cut[0]).toContain('"words" is cut off by div');
    const gone = `<div style="height: 20px; overflow: ${overflow}"><p style="margin: 0">above</p><p>below</p></div>`;
    expect(await foundIn(gone), overflow).toHaveLength(1);
    const kept = `<div style="width: 100px; overflow: ${overflow}"><p>words that have room</p></div>`;
    expect(await foundIn(kept), overflow).toEqual([]);
  }
});

test('a control that is cut off is found, too', async () => {
  const cut =
    '<div style="width: 50px; overflow: clip"><button aria-label="Delete" style="width: 80px"></button></div>';
  expect(await foundIn(cut)).toEqual(['button Delete is cut off by div ']);
});

test('a table that is wider than its frame is found, whether that can be scrolled or not', async () => {
  for (const overflow of ['auto', 'clip'])
    expect(await foundIn(`<div style="width: 100px; overflow: ${overflow}">${ROW}</div>`)).toContain(
      'the table Leases is wider than what is around it',
    );
  expect(await foundIn(`<div style="width: 400px; overflow: clip">${ROW}</div>`)).toEqual([]);
});

test('what can be scrolled to is left alone, unless what scrolls is cut off itself', async () => {
  const wide =
    '<div style="width: 100px; overflow: auto"><pre>a line that is longer than its box</pre></div>';
  expect(await foundIn(`<div style="width: 200px; overflow: clip">${wide}</div>`)).toEqual([]);
  expect(await foundIn(`<div style="width: 80px; overflow: clip">${wide}</div>`)).toHaveLength(1);
});

test('a page that can be scrolled sideways is found', async () => {
  const [found] = await foundIn('<p style="width: 2000px">wide</p>');
  expect(found).toMatch(/^the page is \d+ in 1440$/);
});

test('dots are let pass where all words are told, and what only screen readers hear', async () => {
  const dots = 'width: 50px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap';
  expect(await foundIn(`<p style="${dots}">somebody@example.com</p>`)).toHaveLength(1);
  const told = `<p style="${dots}" title="somebody@example.com">somebody@example.com</p>`;
  expect(await foundIn(told)).toEqual([]);
  const heard = 'position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%)';
  expect(await foundIn(`<p style="${heard}">for screen readers</p>`)).toEqual([]);
});
