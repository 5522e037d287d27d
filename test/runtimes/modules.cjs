/** The packages as CommonJS. */

exports.modules = {
  core: require('@countersign/core'),
  totp: require('@countersign/core/totp'),
  memory: require('@countersign/adapters/memory'),
  testing: require('@countersign/adapters/testing'),
  http: require('@countersign/adapters/http'),
  messages: require('@countersign/adapters/messages'),
  qr: require('@countersign/adapters/qr'),
}
