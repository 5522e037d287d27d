/** Japanese. An SMS in it holds 70 characters, so its texts are short. */

import type { MessageTexts } from '@countersign/core'

/** Messages in Japanese. */
export const japanese: MessageTexts = {
  language: 'ja',
  stop: '。',
  colon: ': ',
  minutes: (count) => `${count}分`,
  hours: (count) => `${count}時間`,
  quote: (text) => `「${text}」`,
  actions: {
    sign_in: 'ログイン',
    manage: 'セキュリティ設定変更',
    verify_email: 'メールアドレス確認',
    verify_phone: '電話番号確認',
    other: (purpose) => `「${purpose}」確認`,
  },
  sms: (code, issuer, action, life) =>
    `${code}は${issuer}の${action}用コードです。有効期限は${life}です。誰にも教えないでください。`,
  code: {
    subject: (issuer, action) => `${issuer}の${action}用コード`,
    lead: (issuer, action) => `${issuer}の${action}用コード:`,
    life: (issuer, life) =>
      `このコードの有効期限は${life}です。${issuer}の担当者がコードをお尋ねすることはありません。`,
    ifNotYou: 'お心当たりがない場合は、パスワードが第三者に知られているおそれがあります。変更してください。',
    ifNotAsked: 'お心当たりがない場合は、このメッセージを無視してください。コードを入力しない限り、何も変わりません。',
  },
  link: {
    subject: (issuer) => `${issuer}のメールアドレスの確認`,
    lead: (issuer) => `${issuer}で使うメールアドレスを確認するには、次のリンクを開いてください:`,
    life: (life) =>
      `リンクの有効期限は${life}です。お心当たりがない場合は、このメッセージを無視してください。リンクを開かない限り、何も変わりません。`,
  },
  notices: {
    factor_added: 'アカウントにログイン方法が追加されました',
    factor_removed: 'アカウントからログイン方法が削除されました',
    factor_locked: '誤ったコードが続いたため、ログイン方法がロックされました',
    contact_changed: 'アカウントの連絡先が変更されました',
    contact_withdrawn: 'アカウントから連絡先が削除されました',
    mfa_enabled: 'アカウントの2段階認証が有効になりました',
    mfa_disabled: 'アカウントの2段階認証が無効になりました',
    mfa_reset: 'アカウントの2段階認証がサポート担当者によってリセットされました',
    recovery_codes_generated: '新しいリカバリーコードが作成されました。以前のコードは使えません',
    recovery_code_used: 'アカウントのリカバリーコードが使用されました',
    code_replayed: '使用済みのコードが再び入力され、拒否されました',
    repeated_failures: '最初の認証に成功した後、誤ったコードが繰り返し入力されました',
    credentials_changed: 'アカウントのパスワードが変更されました',
  },
  ifNotYou: {
    change_password: (issuer) => `お心当たりがない場合は、すぐにパスワードを変更し、${issuer}にお問い合わせください。`,
    password_known: (issuer) =>
      `お心当たりがない場合は、パスワードが第三者に知られているおそれがあります。変更のうえ、${issuer}にお問い合わせください。`,
    contact_issuer: (issuer) => `お心当たりがない場合は、すぐに${issuer}にお問い合わせください。`,
  },
  factors: {
    totp: '認証アプリ',
    email: 'メール',
    phone: '電話',
    recovery_code: 'リカバリーコード',
  },
  codesLeft: (count) => `残りのリカバリーコード: ${count}個。`,
  warnings: {
    no_factor: '2つ目のログイン方法がまだありません。追加してください。',
    no_recovery_codes: 'リカバリーコードがありません。作成して安全な場所に保管してください。',
    only_same_channel: '2つ目のログイン方法が、ログインと同じ経路しかありません。別の方法を追加してください。',
    codes_from_another_session:
      'リカバリーコードは別のセッションで作成されました。お心当たりがない場合は、新しく作成してください。',
    contact_from_another_session: '連絡先が別のセッションで追加されました。お心当たりがない場合は、削除してください。',
    app_from_another_session: '認証アプリが別のセッションで追加されました。お心当たりがない場合は、削除してください。',
  },
}
