import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en/index.ts';
import { pseudoWords } from './pseudo.ts';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof en };
  }
}

/** `pseudo` shows what never went through the catalogue; it is a preference of whoever looks for that. */
const language = localStorage.getItem('mayfly.language') === 'pseudo' ? 'pseudo' : 'en';

// React escapes what it draws; escaping twice would show entities.
void i18next.use(initReactI18next).init({
  lng: language,
  fallbackLng: false,
  resources:
    language === 'pseudo' ? { pseudo: { translation: pseudoWords(en) } } : { en: { translation: en } },
  interpolation: { escapeValue: false },
  returnNull: false,
});
