/** German, with the formal address. */

import type { MessageTexts } from '@countersign/core'

/** Messages in German. */
export const german: MessageTexts = {
  language: 'de',
  stop: '.',
  colon: ': ',
  minutes: (count) => (count === 1 ? '1 Minute' : `${count} Minuten`),
  hours: (count) => (count === 1 ? '1 Stunde' : `${count} Stunden`),
  quote: (text) => `„${text}“`,
  actions: {
    sign_in: 'zur Anmeldung',
    manage: 'zum Ändern Ihrer Sicherheitseinstellungen',
    verify_email: 'zur Bestätigung dieser E-Mail-Adresse',
    verify_phone: 'zur Bestätigung dieser Telefonnummer',
    other: (purpose) => `zur Bestätigung von "${purpose}"`,
  },
  sms: (code, issuer, action, life) =>
    `${code} ist Ihr Code ${action} bei ${issuer}. Er gilt ${life}. Geben Sie ihn niemandem weiter.`,
  code: {
    subject: (issuer, action) => `Ihr Code ${action} bei ${issuer}`,
    lead: (issuer, action) => `Ihr Code ${action} bei ${issuer}:`,
    life: (issuer, life) => `Der Code gilt ${life}. Niemand von ${issuer} wird Sie danach fragen.`,
    ifNotYou: 'Wenn Sie das nicht waren, kennt womöglich jemand Ihr Passwort: Ändern Sie es.',
    ifNotAsked:
      'Wenn Sie den Code nicht angefordert haben, ignorieren Sie diese Nachricht: Ohne den Code ändert sich nichts.',
  },
  link: {
    subject: (issuer) => `Bestätigen Sie Ihre E-Mail-Adresse für ${issuer}`,
    lead: (issuer) => `Öffnen Sie diesen Link, um Ihre E-Mail-Adresse für ${issuer} zu bestätigen:`,
    life: (life) =>
      `Der Link gilt ${life}. Wenn Sie ihn nicht angefordert haben, ignorieren Sie diese Nachricht: Ungeöffnet ändert er nichts.`,
  },
  notices: {
    factor_added: 'Ihrem Konto wurde eine Anmeldemethode hinzugefügt',
    factor_removed: 'Aus Ihrem Konto wurde eine Anmeldemethode entfernt',
    factor_locked: 'Eine Anmeldemethode wurde nach zu vielen falschen Codes gesperrt',
    contact_changed: 'Eine Kontaktadresse Ihres Kontos wurde geändert',
    contact_withdrawn: 'Eine Kontaktadresse wurde aus Ihrem Konto entfernt',
    mfa_enabled: 'Die Anmeldung in zwei Schritten wurde für Ihr Konto eingeschaltet',
    mfa_disabled: 'Die Anmeldung in zwei Schritten wurde für Ihr Konto ausgeschaltet',
    mfa_reset: 'Die Anmeldung in zwei Schritten wurde für Ihr Konto vom Support zurückgesetzt',
    recovery_codes_generated: 'Für Ihr Konto wurden neue Wiederherstellungscodes erstellt; frühere gelten nicht mehr',
    recovery_code_used: 'Ein Wiederherstellungscode Ihres Kontos wurde verwendet',
    code_replayed: 'Ein bereits verwendeter Code wurde erneut eingegeben und abgelehnt',
    repeated_failures: 'Nach einem richtigen ersten Anmeldeschritt wurden wiederholt falsche Codes eingegeben',
    credentials_changed: 'Das Passwort Ihres Kontos wurde geändert',
  },
  ifNotYou: {
    change_password: (issuer) =>
      `Wenn Sie das nicht waren, ändern Sie sofort Ihr Passwort und wenden Sie sich an ${issuer}.`,
    password_known: (issuer) =>
      `Wenn Sie das nicht waren, kennt womöglich jemand Ihr Passwort: Ändern Sie es und wenden Sie sich an ${issuer}.`,
    contact_issuer: (issuer) => `Wenn Sie das nicht veranlasst haben, wenden Sie sich sofort an ${issuer}.`,
  },
  factors: {
    totp: 'Authenticator-App',
    email: 'E-Mail',
    phone: 'Telefon',
    recovery_code: 'Wiederherstellungscode',
  },
  codesLeft: (count) => `Verbleibende Wiederherstellungscodes: ${count}.`,
  warnings: {
    no_factor: 'Sie haben noch keine zweite Anmeldemethode. Fügen Sie eine hinzu.',
    no_recovery_codes: 'Sie haben keine Wiederherstellungscodes. Erstellen Sie welche und bewahren Sie sie sicher auf.',
    only_same_channel:
      'Ihre einzige zweite Anmeldemethode nutzt denselben Weg wie Ihre Anmeldung. Fügen Sie eine weitere hinzu.',
    codes_from_another_session:
      'Ihre Wiederherstellungscodes wurden in einer anderen Sitzung erstellt. Wenn Sie das nicht waren, erstellen Sie neue.',
    contact_from_another_session:
      'Eine Kontaktadresse wurde in einer anderen Sitzung hinzugefügt. Wenn Sie das nicht waren, entfernen Sie sie.',
    app_from_another_session:
      'Eine Authenticator-App wurde in einer anderen Sitzung hinzugefügt. Wenn Sie das nicht waren, entfernen Sie sie.',
  },
}
