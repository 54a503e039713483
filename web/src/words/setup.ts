import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { early } from './en/early.ts';
import type { late } from './en/late.ts';
import { pseudoWords, type Words } from './pseudo.ts';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof early & typeof late };
  }
}

/** `pseudo` shows what never went through the catalogue; it is a preference of whoever looks for that. */
const language = localStorage.getItem('mayfly.language') === 'pseudo' ? 'pseudo' : 'en';

/** Texts in the language that is shown. */
export function inLanguage(words: Words): Words {
  return language === 'pseudo' ? pseudoWords(words) : words;
}

// React escapes what it draws; escaping twice would show entities.
void i18next.use(initReactI18next).init({
  lng: language,
  fallbackLng: false,
  resources: { [language]: { translation: inLanguage(early) } },
  interpolation: { escapeValue: false },
  returnNull: false,
});
