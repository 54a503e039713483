import { Radio, Select, Stack, TagsInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Listing } from '../../api/schema.ts';
import { accountsQuery, namespacesQuery, rolesQuery } from '../../connections/queries.ts';
import { Notice } from '../../ui/Notice.tsx';
import type { FieldsProps } from './fields.ts';
import { NameField } from './NameField.tsx';
import { useAllowed } from './use-allowed.ts';

/**
 * For whom tokens are issued. With a saved connection the cluster is asked for names, with a gateway that does the work its policy
 * has those that it lets pass; any name can be typed all the same.
 */
export function TargetFields(props: FieldsProps) {
  const { draft, change, faults } = props;
  const { t } = useTranslation();
  const namespaces = useQuery({ ...namespacesQuery(draft.connectionId), enabled: draft.connectionId !== '' });
  const allowed = useAllowed(draft);
  return (
    <Stack gap="md">
      <NameField
        label={t('secrets.namespace')}
        description={described(
          namespaces.data,
          draft.credentialType === 'dynamic' ? t('form.namespacesHelp') : undefined,
        )}
        names={namespaces.data?.items ?? allowed.namespaces}
        value={draft.namespace}
        onChange={namespace => change({ namespace })}
        error={faults.namespace}
      />
      {draft.credentialType === 'static' ? <AccountFields {...props} /> : <RoleFields {...props} />}
      <TagsInput
        label={t('secrets.audiences')}
        description={t('form.audiencesHelp')}
        value={draft.audiences}
        onChange={audiences => change({ audiences })}
        error={faults.audiences}
      />
      {draft.audiences.length > 0 && <Notice tone="warn">{t('form.audiencesWarning')}</Notice>}
    </Stack>
  );

  function described(listing: Listing | undefined, usual: string | undefined): string | undefined {
    return listing?.missing == null ? usual : t('form.cannotList', { missing: listing.missing });
  }
}

function AccountFields({ draft, change, faults }: FieldsProps) {
  const { t } = useTranslation();
  const isKnown = draft.connectionId !== '' && draft.namespace.trim() !== '';
  const accounts = useQuery({
    ...accountsQuery(draft.connectionId, draft.namespace.trim()),
    enabled: isKnown,
  });
  const missing = accounts.data?.missing;
  const allowed = useAllowed(draft);
  return (
    <>
      <NameField
        label={t('secrets.account')}
        description={missing == null ? t('form.accountHelp') : t('form.cannotList', { missing })}
        names={accounts.data?.items ?? allowed.accounts}
        value={draft.serviceAccountName}
        onChange={serviceAccountName => change({ serviceAccountName })}
        error={faults.serviceAccountName}
      />
      <Select
        label={t('secrets.revocable')}
        description={t(allowed.anchors === false ? 'form.noAnchors' : 'form.revocableHelp')}
        data={[
          { value: 'auto', label: t('form.revocableAuto') },
          { value: 'yes', label: t('form.revocableYes') },
          { value: 'no', label: t('form.revocableNo') },
        ]}
        value={draft.revocable}
        onChange={value => change({ revocable: value === 'yes' || value === 'no' ? value : 'auto' })}
        error={faults.revocable}
        allowDeselect={false}
      />
    </>
  );
}

function RoleFields({ draft, change, faults }: FieldsProps) {
  const { t } = useTranslation();
  const namespace = draft.namespace.split(',')[0]?.trim() ?? '';
  const isKnown = draft.connectionId !== '' && namespace !== '';
  const roles = useQuery({ ...rolesQuery(draft.connectionId, namespace), enabled: isKnown });
  const allowed = useAllowed(draft);
  const listed = draft.roleType === 'role' ? roles.data?.roles : roles.data?.clusterRoles;
  return (
    <>
      <Radio.Group
        label={t('form.roleType')}
        value={draft.roleType}
        onChange={value => change({ roleType: value === 'cluster-role' ? 'cluster-role' : 'role' })}
      >
        <Stack gap="xs" mt={8}>
          <Radio value="role" label={t('form.roleInNamespace')} />
          <Radio value="cluster-role" label={t('form.clusterRole')} />
        </Stack>
      </Radio.Group>
      <NameField
        label={t('secrets.role')}
        description={
          listed?.missing == null ? t('form.roleHelp') : t('form.cannotList', { missing: listed.missing })
        }
        names={listed?.items ?? allowed.roles}
        value={draft.role}
        onChange={role => change({ role })}
        error={faults.role}
      />
      {draft.roleType === 'cluster-role' && (
        <Radio.Group
          label={t('form.grantIn')}
          value={draft.bindingScope}
          onChange={value => change({ bindingScope: value === 'cluster' ? 'cluster' : 'namespace' })}
          error={faults.bindingScope}
        >
          <Stack gap="xs" mt={8}>
            <Radio value="namespace" label={t('form.thisNamespace')} />
            <Radio value="cluster" label={t('form.wholeCluster')} />
          </Stack>
        </Radio.Group>
      )}
      {draft.roleType === 'cluster-role' && draft.bindingScope === 'cluster' && (
        <Notice tone="bad">{t('form.wholeClusterWarning')}</Notice>
      )}
    </>
  );
}
