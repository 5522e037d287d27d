/** Around stores: watching one, and taking the host's word that a record must exist. */

export { observeStore, type StoreCall } from './observe.js'
export { requireExisting } from './require-existing.js'
