/**
 * The secret behind the `#` of a link that somebody was given. It is taken out of the address at once, so that it does
 * not stay in the history of the browser; reloading the page then needs the link again.
 */
export function takeLinkSecret(): string {
  const secret = location.hash.slice(1);
  if (secret !== '') history.replaceState(history.state, '', location.pathname + location.search);
  return secret;
}
