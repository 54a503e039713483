import { Tabs } from '@mantine/core';
import { useState } from 'react';
import { Snippet } from './Snippet.tsx';

export interface SnippetTab {
  key: string;
  /** The tab's name; a product's own is not translated. */
  name: string;
  isName?: boolean;
  label: string;
  text: string;
  /** What stands on the screen instead of `text`, where that is secret. */
  shown?: string;
}

interface Props {
  label: string;
  tabs: SnippetTab[];
  /** Told when something secret was copied. */
  onCopied?: () => void;
}

/** The same thing in several forms, one of them at a time. */
export function SnippetTabs({ label, tabs, onCopied }: Props) {
  const [chosen, choose] = useState<string | null>(null);
  const first = tabs[0]?.key ?? null;
  return (
    <Tabs value={chosen ?? first} onChange={choose} keepMounted={false}>
      <Tabs.List aria-label={label}>
        {tabs.map(({ key, name, isName = false }) => (
          <Tabs.Tab key={key} value={key} translate={isName ? 'no' : 'yes'}>
            {name}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map(tab => (
        <Tabs.Panel key={tab.key} value={tab.key} pt="sm">
          <Snippet
            label={tab.label}
            text={tab.text}
            {...(tab.shown === undefined ? {} : { shown: tab.shown })}
            {...(onCopied && tab.shown !== undefined ? { onCopied } : {})}
          />
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
