import { useEffect, useState } from 'react';

/**
 * The secret behind the `#` of a link that somebody was given, in the state of the page and nowhere else. It is taken out of
 * the address at once, so that it does not stay in the history of the browser; reloading the page then needs the link again.
 */
export function useLinkSecret(): string {
  const [secret] = useState(() => location.hash.slice(1));
  useEffect(() => {
    if (location.hash !== '') history.replaceState(history.state, '', location.pathname + location.search);
  }, []);
  return secret;
}
