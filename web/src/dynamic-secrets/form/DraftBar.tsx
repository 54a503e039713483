import { Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ActionButton } from '../../ui/ActionButton.tsx';

/** Says that what is typed is kept, and ends that. */
export function DraftBar({ isChanged, onDiscard }: { isChanged: boolean; onDiscard: () => void }) {
  const { t } = useTranslation();
  return (
    <Group justify="space-between" gap="sm">
      <Text size="sm" c="dimmed">
        {t('form.draftKept')}
      </Text>
      <ActionButton
        size="compact-sm"
        variant="default"
        reason={isChanged ? null : t('form.nothingTyped')}
        onClick={onDiscard}
      >
        {t('form.discard')}
      </ActionButton>
    </Group>
  );
}
