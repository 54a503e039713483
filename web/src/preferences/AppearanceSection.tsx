import { Radio, Select, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { DENSITIES, useDensity } from '../theme/density.ts';
import { MOTIONS, useMotion } from '../theme/motion.ts';
import { THEMES, useTheme } from '../theme/preference.ts';
import { chooseClock, useClock, zoneOfBrowser } from '../time/zone.ts';
import { Panel } from '../ui/Panel.tsx';
import classes from './Preferences.module.css';

const HOURS = ['usual', 'h23', 'h12'] as const;
const BROWSER = 'browser';

/** How everything looks in this browser. It counts at once. */
export function AppearanceSection() {
  const { t } = useTranslation();
  const [theme, chooseTheme] = useTheme();
  const [density, chooseDensity] = useDensity();
  const [motion, chooseMotion] = useMotion();
  const clock = useClock();
  const zones = ['UTC', ...Intl.supportedValuesOf('timeZone').filter(zone => zone !== 'UTC')];
  return (
    <Panel title={t('preferences.sections.appearance')}>
      <Stack gap="lg" className={classes.form ?? ''}>
        <Text size="sm">{t('preferences.saved')}</Text>
        <Radio.Group
          label={t('shell.theme')}
          value={theme}
          onChange={value => chooseTheme(THEMES.find(one => one === value) ?? theme)}
        >
          {choices(THEMES.map(value => ({ value, label: t(`shell.themes.${value}`) })))}
        </Radio.Group>
        <Radio.Group
          label={t('preferences.density')}
          value={density}
          onChange={value => chooseDensity(DENSITIES.find(one => one === value) ?? density)}
        >
          {choices(DENSITIES.map(value => ({ value, label: t(`preferences.densities.${value}`) })))}
        </Radio.Group>
        <Select
          label={t('preferences.zone')}
          description={t('preferences.zoneHelp')}
          data={[
            { value: BROWSER, label: t('preferences.zoneOfBrowser', { zone: zoneOfBrowser() }) },
            ...zones.map(zone => ({ value: zone, label: zone })),
          ]}
          value={clock.zone ?? BROWSER}
          onChange={zone => chooseClock({ zone: zone === BROWSER ? null : zone })}
          allowDeselect={false}
          searchable
          limit={100}
        />
        <Radio.Group
          label={t('preferences.hours')}
          value={clock.hours}
          onChange={value => chooseClock({ hours: HOURS.find(one => one === value) ?? clock.hours })}
        >
          {choices(HOURS.map(value => ({ value, label: t(`preferences.hourCycles.${value}`) })))}
        </Radio.Group>
        <Radio.Group
          label={t('preferences.motion')}
          value={motion}
          onChange={value => chooseMotion(MOTIONS.find(one => one === value) ?? motion)}
        >
          {choices(MOTIONS.map(value => ({ value, label: t(`preferences.motions.${value}`) })))}
        </Radio.Group>
      </Stack>
    </Panel>
  );

  function choices(all: { value: string; label: string }[]) {
    return (
      <Stack gap="xs" mt={8}>
        {all.map(({ value, label }) => (
          <Radio key={value} value={value} label={label} />
        ))}
      </Stack>
    );
  }
}
