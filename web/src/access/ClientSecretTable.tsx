import { useTranslation } from 'react-i18next';
import type { ClientSecretData, LoggedEvent } from '../api/schema.ts';
import { useWithTime } from '../time/use-now.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { Moment } from '../ui/Moment.tsx';
import { endOf, standingOf } from './client-secret.ts';
import { SignIn } from './SignIn.tsx';

interface Props {
  secrets: ClientSecretData[];
  /** The newest sign-ins of their machine, for whoever may read them. */
  signIns: LoggedEvent[] | undefined;
  onRevoke: (secret: ClientSecretData) => void;
}

/** How old client secrets are, how long they are good for, and how they were used. */
export function ClientSecretTable({ secrets, signIns, onRevoke }: Props) {
  const { t } = useTranslation();
  const columns: Column<ClientSecretData>[] = [
    {
      key: 'prefix',
      header: t('access.beginsWith'),
      cell: one => (
        <span className="mono" translate="no">
          {one.clientSecretPrefix}
        </span>
      ),
    },
    {
      key: 'description',
      header: t('access.description'),
      cell: one => <span translate="no">{one.description || '–'}</span>,
    },
    { key: 'since', header: t('access.since'), cell: one => <Moment at={one.createdAt} /> },
    {
      key: 'ends',
      header: t('leases.ends'),
      cell: one => {
        const end = endOf(one);
        return end === null ? t('access.endless') : <Moment at={end} />;
      },
    },
    {
      key: 'uses',
      header: t('access.uses'),
      cell: ({ clientSecretNumUses: uses, clientSecretNumUsesLimit: limit }) => (
        <span translate="no">{limit === 0 ? uses : `${uses} / ${limit}`}</span>
      ),
    },
    ...(signIns === undefined
      ? []
      : [
          {
            key: 'used',
            header: t('account.lastUsed'),
            cell: (one: ClientSecretData) => <LastUse secret={one} signIns={signIns} />,
          },
        ]),
    {
      key: 'actions',
      header: t('leases.actions'),
      isQuiet: true,
      cell: one => <Actions secret={one} onRevoke={onRevoke} />,
    },
  ];
  return (
    <DataTable label={t('access.clientSecrets')} columns={columns} rows={secrets} rowKey={({ id }) => id} />
  );
}

interface ActionsProps {
  secret: ClientSecretData;
  onRevoke: (secret: ClientSecretData) => void;
}

/** One that is good for nothing any more by itself can be revoked all the same: then nobody has to know its limits to be sure. */
function Actions({ secret, onRevoke }: ActionsProps) {
  const { t } = useTranslation();
  const standing = useWithTime(now => standingOf(secret, now));
  const words = standing !== 'good' && t(`access.secretStanding.${standing}`);
  if (standing === 'revoked') return words;
  return (
    <>
      {words}{' '}
      <ActionButton
        size="compact-sm"
        variant="default"
        onClick={() => onRevoke(secret)}
        aria-label={t('access.revokeNamed', { name: secret.clientSecretPrefix })}
      >
        {t('access.revokeSecret')}
      </ActionButton>
    </>
  );
}

/** What was used, but not in the sign-ins that are known, was used before them. */
function LastUse({ secret, signIns }: { secret: ClientSecretData; signIns: LoggedEvent[] }) {
  const { t } = useTranslation();
  const last = signIns.find(
    ({ metadata }) => (metadata as { clientSecretId?: string }).clientSecretId === secret.id,
  );
  if (last !== undefined) return <SignIn event={last} />;
  return t(secret.clientSecretNumUses === 0 ? 'access.neverUsed' : 'access.notLately');
}
