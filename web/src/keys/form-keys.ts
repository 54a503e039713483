import type { KeyboardEvent } from 'react';

const FIRST = 'input:not([type="hidden"], [disabled]), textarea, select, button:not([disabled])';

/** In a form of several sections: Alt with the arrows goes from one to the next, Ctrl or Cmd with Enter submits. */
export function onFormKey(event: KeyboardEvent<HTMLFormElement>): void {
  const form = event.currentTarget;
  const by = event.altKey ? { ArrowDown: 1, ArrowUp: -1 }[event.key] : undefined;
  if (by !== undefined) {
    event.preventDefault();
    event.stopPropagation();
    step(form, by);
  } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit();
  }
}

function step(form: HTMLFormElement, by: number): void {
  const sections = [...form.querySelectorAll('fieldset')];
  const at = sections.findIndex(section => section.contains(document.activeElement));
  const next = sections[at < 0 ? 0 : Math.min(sections.length - 1, Math.max(0, at + by))];
  const checked = next?.querySelector<HTMLElement>('input[type="radio"]:checked');
  (checked ?? next?.querySelector<HTMLElement>(FIRST))?.focus();
}
