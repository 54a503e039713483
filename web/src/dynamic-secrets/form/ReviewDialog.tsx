import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { DataTable } from '../../ui/DataTable.tsx';
import type { Change } from './changes.ts';

interface Props {
  changes: Change[];
  /** What becomes of the leases that are live, in words. */
  leases: string;
  onSave: () => void;
  onClose: () => void;
}

/** Shows what saving would change before it is saved. */
export function ReviewDialog({ changes, leases, onSave, onClose }: Props) {
  const { t } = useTranslation();
  const text = (value: string) => (
    <span className="mono" translate="no">
      {value || '–'}
    </span>
  );
  return (
    <ConfirmDialog
      title={t('form.reviewTitle')}
      act={t('ui.save')}
      isDanger={false}
      onAct={onSave}
      onClose={onClose}
    >
      <DataTable
        label={t('form.reviewTitle')}
        columns={[
          { key: 'field', header: t('form.field'), cell: ({ field }) => text(field) },
          { key: 'before', header: t('form.before'), cell: ({ before }) => text(before) },
          { key: 'after', header: t('form.after'), cell: ({ after }) => text(after) },
        ]}
        rows={changes}
        rowKey={({ field }) => field}
      />
      <Text size="sm">
        {t('form.newLeasesOnly')} {leases}
      </Text>
    </ConfirmDialog>
  );
}
