import { Menu, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import type { User } from '../api/schema.ts';
import { useAct } from '../app/use-act.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';
import { Failure } from '../ui/Failure.tsx';
import { Snippet } from '../ui/Snippet.tsx';
import { type Fate, LeasesChoice } from './LeasesChoice.tsx';

const ACTS = [
  'disable',
  'enable',
  'endSessions',
  'resetPassword',
  'resetFactor',
  'resetPasskeys',
  'remove',
] as const;
type UserAct = (typeof ACTS)[number];

/** What an administrator can do about a person. Whoever is meant, and what it does, is said before. */
export function UserActions({ user, reason }: { user: User; reason: string | null }) {
  const { t } = useTranslation();
  const [act, setAct] = useState<UserAct | null>(null);
  const button = (
    <ActionButton
      size="compact-sm"
      variant="default"
      reason={reason}
      aria-label={t('access.manageNamed', { name: user.email })}
    >
      {t('access.manage')}
    </ActionButton>
  );
  if (reason !== null) return button;
  const offered = ACTS.filter(one => {
    if (one === 'disable') return !user.isDisabled;
    if (one === 'enable') return user.isDisabled;
    return one !== 'resetFactor' || user.hasSecondFactor;
  });
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>{button}</Menu.Target>
        <Menu.Dropdown>
          {offered.map(one => (
            <Menu.Item key={one} onClick={() => setAct(one)}>
              {t(`access.userActs.${one}`)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {act !== null && <UserDialog act={act} user={user} onClose={() => setAct(null)} />}
    </>
  );
}

function UserDialog({ act, user, onClose }: { act: UserAct; user: User; onClose: () => void }) {
  const { t } = useTranslation();
  // Shown this once: whoever has it sets the password.
  const [link, setLink] = useState<string | null>(null);
  const [leases, setLeases] = useState<Fate>('end');
  const save = useAct(async () => {
    const made = await carryOut(act, user.id, leases);
    if (made === null) onClose();
    else setLink(made);
  }, ['users']);
  return (
    <ConfirmDialog
      title={t(`access.userActs.${act}`)}
      act={link === null ? t(`access.userActs.${act}`) : t('token.done')}
      isDanger={link === null && act !== 'enable'}
      isBusy={save.isPending}
      onAct={() => (link === null ? save.mutate() : onClose())}
      onClose={onClose}
    >
      <Text size="sm">
        {t(`access.userWhy.${act}`)} <strong translate="no">{user.email}</strong>
      </Text>
      {(act === 'disable' || act === 'remove') && <LeasesChoice value={leases} onChange={setLeases} />}
      {link !== null && <Snippet label={t('access.link')} text={link} />}
      <Failure of={save.error} />
    </ConfirmDialog>
  );
}

/** Does it, and gives the link that came of it, if one did. */
async function carryOut(act: UserAct, userId: string, leases: Fate): Promise<string | null> {
  const params = { path: { userId } };
  const path = '/api/v1/users/{userId}';
  switch (act) {
    case 'disable':
      await body(api.PATCH(path, { params, body: { isDisabled: true, leases } }));
      return null;
    case 'enable':
      await body(api.PATCH(path, { params, body: { isDisabled: false } }));
      return null;
    case 'endSessions':
      await body(api.POST(`${path}/sessions/end`, { params }));
      return null;
    case 'resetPassword':
      return (await body(api.POST(`${path}/password-reset`, { params, body: {} }))).link;
    case 'resetFactor':
      await body(api.DELETE(`${path}/second-factor`, { params }));
      return null;
    case 'resetPasskeys':
      await body(api.DELETE(`${path}/passkeys`, { params }));
      return null;
    case 'remove':
      await body(api.DELETE(path, { params, body: { leases } }));
      return null;
  }
}
