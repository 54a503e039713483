import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { waitFor } from './waiting.ts';

/** More than any page of ours has to be stepped through. */
const MOST_STEPS = 120;

/** Hands that know no mouse. Wherever the focus comes to is looked at: it has to be seen, and not to be covered. */
export class Keys {
  readonly #page: Page;
  /** Where the focus was, in order, for whoever has to find out. */
  readonly way: string[] = [];

  constructor(page: Page) {
    this.#page = page;
  }

  /** Goes on from field to field until this one is reached. */
  async reach(wanted: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
    await wanted.first().waitFor();
    for (let steps = 0; steps < MOST_STEPS; steps++) {
      if (await this.#isAt(wanted)) return;
      await this.#page.keyboard.press(key);
      await this.#look();
    }
    throw new Error(`not reached by ${key}: ${wanted}; it went ${this.way.join(' > ')}`);
  }

  /** Reaches a control and uses it. */
  async use(wanted: Locator, key: 'Enter' | 'Space' = 'Enter'): Promise<void> {
    await this.reach(wanted);
    await this.#page.keyboard.press(key);
  }

  /** Reaches a field and types over what is in it. */
  async fill(wanted: Locator, text: string): Promise<void> {
    await this.reach(wanted);
    await this.#page.keyboard.press('Control+a');
    // As a paste does it, in one go: certificates and tokens are long.
    await this.#page.keyboard.insertText(text);
  }

  /** Walks among the choices of one group by arrows. */
  async arrow(wanted: Locator, key: 'ArrowDown' | 'ArrowUp' | 'ArrowRight' | 'ArrowLeft'): Promise<void> {
    for (let steps = 0; steps < MOST_STEPS && !(await this.#isAt(wanted)); steps++) {
      await this.#page.keyboard.press(key);
      await this.#look();
    }
    expect(await this.#isAt(wanted)).toBe(true);
  }

  #isAt(wanted: Locator): Promise<boolean> {
    return wanted.first().evaluate(element => element === document.activeElement);
  }

  /** Fails where the focus cannot be seen. What comes to it smoothly gets a moment. */
  async #look(): Promise<void> {
    let seen = { name: '', fault: '' };
    await waitFor(
      'the focus to be seen',
      async () => {
        seen = await this.#page.evaluate(look);
        if (seen.fault !== '') throw new Error(`${seen.name}: ${seen.fault}`);
        return true;
      },
      2,
    );
    this.way.push(seen.name);
  }
}

/** In the page: what has the focus, and what is wrong with how that looks. */
function look(): { name: string; fault: string } {
  const element = document.activeElement;
  // Past the last and before the first there is the browser itself.
  if (element === null || element === document.body) return { name: 'browser', fault: '' };
  const name = [
    element.tagName,
    element.getAttribute('aria-label') ?? element.textContent?.slice(0, 40),
  ].join(' ');
  // What is drawn of a small input may be its neighbour: a switch, a radio button.
  const drawn = [element, element.nextElementSibling, element.parentElement].filter(one => one !== null);
  const isMarked = drawn.some(one => {
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    return outlineStyle !== 'none' && outlineWidth !== '0px';
  });
  if (!isMarked && !isBordered(element)) return { name, fault: 'its focus is not seen' };
  return { name, fault: isUncovered(element) ? '' : 'it is hidden' };

  /** A text field wears its focus as the colour of its border. */
  function isBordered(field: Element): boolean {
    const probe = document.createElement('i');
    probe.style.color = 'var(--focus)';
    document.body.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    const frames = [
      field,
      field.parentElement,
      field.parentElement?.parentElement ?? null,
      field.closest('[class*="-input"]'),
    ];
    return frames.some(one => one !== null && getComputedStyle(one).borderTopColor === color);
  }

  /** Some point of it is on top: of its middle, and of its upper and its lower edge. */
  function isUncovered(one: Element): boolean {
    const { left, top, width, height } = one.getBoundingClientRect();
    const shown = [0.1, 0.5, 0.9].filter(share => {
      const found = document.elementFromPoint(left + width / 2, top + height * share);
      return found !== null && (one.contains(found) || found.contains(one));
    });
    return shown.length > 0;
  }
}
