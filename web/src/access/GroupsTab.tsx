import { Group as Row, Stack } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Group } from '../api/schema.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { Pages } from '../ui/Pages.tsx';
import { Panel } from '../ui/Panel.tsx';
import { StatePanel } from '../ui/StatePanel.tsx';
import { DeleteGroupDialog } from './DeleteGroupDialog.tsx';
import { GroupMembers } from './GroupMembers.tsx';
import { NewGroupDialog } from './NewGroupDialog.tsx';
import { groupsQuery } from './queries.ts';

/** Groups of people and machines, to whom roles are given together. */
export function GroupsTab() {
  const { t } = useTranslation();
  const groups = useInfiniteQuery(groupsQuery);
  const [isMaking, setIsMaking] = useState(false);
  const [ending, setEnding] = useState<Group | null>(null);
  const make = (
    <ActionButton variant="light" onClick={() => setIsMaking(true)} data-key="n">
      {t('access.newGroup')}
    </ActionButton>
  );
  return (
    <Stack gap="md">
      <Pages query={groups}>
        {pages => {
          const found = pages.flatMap(page => page.groups);
          if (found.length === 0) {
            return (
              <StatePanel kind="empty" title={t('access.noGroup')} action={make}>
                {t('access.noGroupWhy')}
              </StatePanel>
            );
          }
          return (
            <>
              <Row justify="flex-end">{make}</Row>
              {found.map(group => (
                <Panel
                  key={group.id}
                  title={group.name}
                  isName
                  actions={
                    <ActionButton
                      size="compact-sm"
                      variant="default"
                      onClick={() => setEnding(group)}
                      aria-label={t('access.removeNamed', { name: group.name })}
                    >
                      {t('access.remove')}
                    </ActionButton>
                  }
                >
                  <GroupMembers group={group} />
                </Panel>
              ))}
            </>
          );
        }}
      </Pages>
      {isMaking && <NewGroupDialog onClose={() => setIsMaking(false)} />}
      {ending !== null && <DeleteGroupDialog group={ending} onClose={() => setEnding(null)} />}
    </Stack>
  );
}
