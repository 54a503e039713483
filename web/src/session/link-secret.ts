import { useEffect, useState } from 'react';

/**
 * The secret behind the `#` of a link that somebody was given, in the state of the page and nowhere else. It is taken out of
 * the address at once, so that it does not stay in the history of the browser; reloading the page then needs the link again. Another link
 * to the same page, of which only that part is another one, loads nothing and is taken as well.
 */
export function useLinkSecret(): string {
  const [secret, setSecret] = useState(() => location.hash.slice(1));
  useEffect(() => {
    function take() {
      if (location.hash === '') return;
      setSecret(location.hash.slice(1));
      history.replaceState(history.state, '', location.pathname + location.search);
    }
    take();
    addEventListener('hashchange', take);
    return () => removeEventListener('hashchange', take);
  }, []);
  return secret;
}
