const told = new Set<string>();

/** One notification of one thing, whatever page is open; other tabs replace it by its tag. */
export function notifyOnce(tag: string, title: string, open: () => void): void {
  if (told.has(tag)) return;
  told.add(tag);
  const notification = new Notification(title, { tag, icon: '/mayfly.svg' });
  notification.onclick = () => {
    window.focus();
    open();
    notification.close();
  };
}
