/** What runs where there is nothing of Node: all but the QR codes, whose PNG needs zlib. */

import * as http from '@countersign/adapters/http'
import * as memory from '@countersign/adapters/memory'
import * as messages from '@countersign/adapters/messages'
import * as testing from '@countersign/adapters/testing'
import * as core from '@countersign/core'
import * as totp from '@countersign/core/totp'

export const modules = { core, totp, memory, testing, messages, http }
