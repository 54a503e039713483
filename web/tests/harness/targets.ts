import type { Page } from 'playwright-core';

/** What can be tapped and is smaller than a fingertip, with its size. A link in a line of text is as high as the line. */
export function smallTargets(page: Page, least: number): Promise<string[]> {
  return page.evaluate(wanted => {
    const dialogs = document.querySelectorAll('[role="dialog"]');
    const scope: ParentNode = dialogs[dialogs.length - 1] ?? document;
    const kinds = 'a[href], button, input, select, textarea, summary, [role="tab"], [role="switch"]';
    return [...scope.querySelectorAll<HTMLElement>(kinds)].filter(isThere).flatMap(small);

    function isThere(element: HTMLElement): boolean {
      const { width, height } = element.getBoundingClientRect();
      return width > 1 && height > 1 && element.checkVisibility({ checkVisibilityCSS: true });
    }

    function small(element: HTMLElement): string[] {
      if (getComputedStyle(element).display === 'inline') return [];
      const boxes = [element, ...labels(element)].map(one => one.getBoundingClientRect());
      const width = Math.max(...boxes.map(box => box.right)) - Math.min(...boxes.map(box => box.left));
      const height = Math.max(...boxes.map(box => box.bottom)) - Math.min(...boxes.map(box => box.top));
      // A pixel may be cut in two.
      if (width >= wanted - 0.5 && height >= wanted - 0.5) return [];
      const name = element.getAttribute('aria-label') ?? element.textContent ?? '';
      return [`${element.tagName} ${name.trim().slice(0, 40)}: ${width.toFixed(1)} × ${height.toFixed(1)}`];
    }

    /** Tapping these is tapping the element. */
    function labels(element: HTMLElement): Element[] {
      const isChosen = element instanceof HTMLInputElement && ['checkbox', 'radio'].includes(element.type);
      return isChosen ? [...(element.labels ?? [])] : [];
    }
  }, least);
}
