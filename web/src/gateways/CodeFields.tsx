import { Group, NumberInput, Select } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatDuration } from '../time/duration.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import type { CodeWish } from './use-code.ts';

/** Lifetimes to choose from, in seconds, within those of the server. */
const LIFETIMES = [300, 900, 3600, 14_400, 86_400];
const MOST_USES = 20;

interface Props {
  isBusy: boolean;
  /** Whether there was one already. */
  isAnother: boolean;
  /** What has to be filled in first. */
  reason: string | null;
  onMake: (wish: CodeWish) => void;
}

/** For how long and how often a code is good, and the click that makes it. */
export function CodeFields({ isBusy, isAnother, reason, onMake }: Props) {
  const { t } = useTranslation();
  const [wish, setWish] = useState<CodeWish>({ ttlSeconds: 900, uses: 1 });
  return (
    <Group align="flex-end" gap="md">
      <Select
        label={t('gateways.goodFor')}
        data={LIFETIMES.map(seconds => ({ value: String(seconds), label: formatDuration(seconds) }))}
        value={String(wish.ttlSeconds)}
        onChange={value => setWish(before => ({ ...before, ttlSeconds: Number(value) }))}
        allowDeselect={false}
      />
      <NumberInput
        label={t('gateways.usesOfCode')}
        min={1}
        max={MOST_USES}
        clampBehavior="strict"
        allowDecimal={false}
        value={wish.uses}
        onChange={value => setWish(before => ({ ...before, uses: Number(value) || 1 }))}
        stepHoldDelay={500}
        stepHoldInterval={100}
      />
      <ActionButton
        reason={reason}
        loading={isBusy}
        variant={isAnother ? 'default' : 'filled'}
        onClick={() => onMake(wish)}
      >
        {t(isAnother ? 'gateways.anotherCode' : 'gateways.createCode')}
      </ActionButton>
    </Group>
  );
}
