/** `@countersign/adapters/conformance`: proves that a store keeps the laws of docs/ports.md. */

export type { CaseContext, Law, StoreCase, StoreHarness } from './case.js'
export {
  type Runner,
  registerStoreSuite,
  runStoreSuite,
  type StoreReport,
  type SuiteOptions,
  storeCases,
} from './suite.js'
