/**
 * In the page: words and controls that somebody cannot see because a box around them cuts them off, or which the page has to be
 * scrolled sideways for. What is there for screen readers only is passed over, and so is a text that ends in dots on purpose and
 * has all of its words in `title`.
 */
export function cutOff(): string[] {
  const { scrollWidth, clientWidth } = document.documentElement;
  const found = scrollWidth > clientWidth ? [`the page is ${scrollWidth} in ${clientWidth}`] : [];
  for (const { name, box, around } of [...texts(), ...controls()]) {
    const cutter = cutterOf(box, around);
    if (cutter !== undefined) found.push(`${name} is cut off by ${nameOf(cutter)}`);
  }
  for (const table of document.querySelectorAll<HTMLElement>('table'))
    if (table.offsetWidth > (table.parentElement?.clientWidth ?? 0))
      found.push(`the table ${table.getAttribute('aria-label')} is wider than what is around it`);
  return [...new Set(found)];

  function texts() {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const all: { name: string; box: DOMRect; around: Element | null }[] = [];
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const words = node.textContent?.trim() ?? '';
      if (words === '' || node.parentElement?.checkVisibility({ checkVisibilityCSS: true }) !== true)
        continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const box of range.getClientRects())
        all.push({ name: `"${words.slice(0, 60)}"`, box, around: node.parentElement });
    }
    return all;
  }

  function controls() {
    const kinds = 'button, input, select, textarea, [role="img"]';
    return [...document.querySelectorAll(kinds)]
      .filter(one => one.checkVisibility({ checkVisibilityCSS: true }))
      .map(one => ({ name: nameOf(one), box: one.getBoundingClientRect(), around: one.parentElement }));
  }

  /** The innermost box that cuts it off; none where it is not for the eye. What can be scrolled stands for all that is in it. */
  function cutterOf(inner: DOMRect, around: Element | null): Element | undefined {
    let box = inner;
    let cutter: Element | undefined;
    for (let one = around; one !== null && one !== document.body; one = one.parentElement) {
      const { clipPath, overflowX, overflowY, textOverflow } = getComputedStyle(one);
      if (clipPath.startsWith('inset(50%')) return undefined;
      if (textOverflow === 'ellipsis' && one.closest('[title]') !== null) return undefined;
      const kinds = [overflowX, overflowY];
      if (kinds.some(kind => kind === 'auto' || kind === 'scroll')) box = one.getBoundingClientRect();
      else if (kinds.some(kind => kind === 'hidden' || kind === 'clip') && isCut(box, one)) cutter ??= one;
    }
    return cutter;
  }

  /** Sideways by more than a pixel; or in height so that its middle is gone, since letters are lower than their line. */
  function isCut(box: DOMRect, by: Element): boolean {
    if (box.width <= 1 || box.height <= 1) return false;
    const edge = by.getBoundingClientRect();
    const middle = (box.top + box.bottom) / 2;
    const isAside = box.left < edge.left - 1 || box.right > edge.right + 1;
    return isAside || middle < edge.top || middle > edge.bottom;
  }

  function nameOf(element: Element): string {
    const words = element.getAttribute('aria-label') ?? element.className.toString();
    return `${element.tagName.toLowerCase()} ${words}`.slice(0, 80);
  }
}
