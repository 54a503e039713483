import { Tabs } from '@mantine/core';
import type { ReactNode } from 'react';

interface Props<Key extends string> {
  tabs: { key: Key; label: string; count?: number }[];
  chosen: Key;
  /** The address names the tab, so that each can be linked to. */
  onChoose: (key: Key) => void;
  /** Whether Alt with a digit chooses them, which the page sees to. */
  hasKeys?: boolean;
  children: ReactNode;
}

/** Parts of a page, one of them at a time. Only the chosen one is there. */
export function PageTabs<Key extends string>({ tabs, chosen, onChoose, hasKeys, children }: Props<Key>) {
  return (
    <Tabs
      value={chosen}
      onChange={next => {
        const found = tabs.find(({ key }) => key === next);
        if (found !== undefined) onChoose(found.key);
      }}
      keepMounted={false}
    >
      <Tabs.List mb="md">
        {tabs.map(({ key, label, count }, index) => (
          <Tabs.Tab key={key} value={key} {...(hasKeys ? { 'aria-keyshortcuts': `Alt+${index + 1}` } : {})}>
            {label} {count !== undefined && <span translate="no">{count}</span>}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map(({ key }) => (
        <Tabs.Panel key={key} value={key}>
          {key === chosen && children}
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
