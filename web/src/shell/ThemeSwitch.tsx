import { ActionIcon, Menu } from '@mantine/core';
import { IconContrast, IconDeviceDesktop, IconMoon, IconSun } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { THEMES, useTheme } from '../theme/preference.ts';

const ICONS = { system: IconDeviceDesktop, light: IconSun, dark: IconMoon, contrast: IconContrast };

export function ThemeSwitch() {
  const { t } = useTranslation();
  const [chosen, choose] = useTheme();
  const Chosen = ICONS[chosen];
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <ActionIcon variant="default" size={36} aria-label={t('shell.theme')}>
          <Chosen size={18} aria-hidden="true" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.RadioGroup
          value={chosen}
          onChange={value => choose(THEMES.find(theme => theme === value) ?? 'system')}
        >
          {THEMES.map(theme => {
            const Icon = ICONS[theme];
            return (
              <Menu.RadioItem key={theme} value={theme} rightSection={<Icon size={18} aria-hidden="true" />}>
                {t(`shell.themes.${theme}`)}
              </Menu.RadioItem>
            );
          })}
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  );
}
