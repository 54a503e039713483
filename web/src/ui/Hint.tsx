import { Tooltip } from '@mantine/core';
import { type FocusEvent, type ReactNode, type RefCallback, useEffect, useId, useRef, useState } from 'react';
import { useTopmost } from './use-topmost.ts';

/** What makes an element tell its hint. */
interface Hinted {
  ref: RefCallback<HTMLElement>;
  'aria-describedby': string | undefined;
  onMouseEnter: () => void;
  onMouseLeave: () => void;
  onFocus: (event: FocusEvent) => void;
  onBlur: () => void;
}

interface Props {
  words: () => ReactNode;
  children: (hinted: Hinted) => ReactNode;
}

/**
 * Words that float over an element while a pointer is on it or it has the focus. Long tables have several in each row, and what
 * places a tooltip costs more than the rest of a row: here it is made when it is wanted. Escape closes it.
 */
export function Hint({ words, children }: Props) {
  const [isWanted, setIsWanted] = useState(false);
  const target = useRef<HTMLElement>(null);
  const id = useId();
  const show = () => setIsWanted(true);
  const hide = () => setIsWanted(false);
  const hinted: Hinted = {
    ref: element => {
      target.current = element;
    },
    'aria-describedby': isWanted ? id : undefined,
    onMouseEnter: show,
    onMouseLeave: hide,
    onFocus: event => {
      if (event.currentTarget.matches(':focus-visible')) show();
    },
    onBlur: hide,
  };
  return (
    <>
      {children(hinted)}
      {isWanted && (
        <Floating onClose={hide}>
          <Tooltip target={target} defaultOpened label={<span id={id}>{words()}</span>} />
        </Floating>
      )}
    </>
  );
}

/** While it is there `Esc` is for it, and not for the dialog that it floats over. */
function Floating({ onClose, children }: { onClose: () => void; children: ReactNode }) {
  const isTopmost = useTopmost();
  useEffect(() => {
    function onKey({ key }: KeyboardEvent) {
      if (key === 'Escape' && isTopmost) onClose();
    }
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  });
  return children;
}
