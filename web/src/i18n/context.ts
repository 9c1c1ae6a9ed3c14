import { createContext, use } from 'react';
import { type Language, type Translate, translator } from './language.ts';

export interface Localisation {
  language: Language;
  t: Translate;
}

export const LocalisationContext = createContext<Localisation>({
  language: 'pt-BR',
  t: translator('pt-BR'),
});

export const useLocalisation = (): Localisation => use(LocalisationContext);
