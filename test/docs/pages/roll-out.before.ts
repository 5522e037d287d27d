import { randomBytes } from 'node:crypto'
import { createMemoryStore } from '@countersign/adapters/memory'

process.env.MFA_KEY = randomBytes(32).toString('base64')
const store = createMemoryStore()
const isStaff = (userId: string): boolean => userId.startsWith('staff-')
const lastWeek = Date.now() - 7 * 86_400_000
