/** The packages as ES modules. */

import * as qr from '@countersign/adapters/qr'
import { modules as withoutNode } from './modules-without-node.mjs'

export const modules = { ...withoutNode, qr }
