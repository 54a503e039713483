import i18next from 'i18next';
import { late } from './en/late.ts';
import { inLanguage } from './setup.ts';

// Loaded together with whatever needs these texts, and before it is drawn.
i18next.addResourceBundle(i18next.language, 'translation', inLanguage(late));
