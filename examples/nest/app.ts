/** A Nest host: a password and bearer tokens; between the marks, what Countersign adds. */

import { randomUUID, scryptSync, timingSafeEqual } from 'node:crypto'
// mfa:begin
import { createMemoryStore } from '@countersign/adapters/memory' // forgets: see docs/guides/choose-a-store.md
import { createMfa, httpStatusOf, Mfa, Requirement, unwrap } from '@countersign/core'
import { CanActivate, ExecutionContext, HttpException, Inject, Injectable, UseGuards } from '@nestjs/common'
// mfa:end
import { Body, Controller, Get, Module, Post, Req, UnauthorizedException } from '@nestjs/common'
import { NestFactory, Reflector } from '@nestjs/core' // mfa

type Incoming = { readonly headers: { readonly authorization?: string } }
const sessions = new Map<string, string>()
const hash = (password: unknown): Buffer => scryptSync(String(password), 'a real host has salted hashes in a table', 32)

/** Whose request it is, by its token. No cookie, so no other site can send it. */
function sessionOf({ headers }: Incoming) {
  const sessionId = `${headers.authorization}`.replace(/^Bearer /, '')
  const userId = sessions.get(sessionId)
  if (userId === undefined) throw new UnauthorizedException({ type: 'signed_out' })
  return { userId, sessionId }
}

// mfa:begin
export const MFA = Symbol('MFA')
export const RequireMfa = Reflector.createDecorator<Requirement>()

@Injectable()
export class MfaGuard implements CanActivate {
  @Inject(MFA) private readonly mfa!: Mfa
  @Inject() private readonly reflector!: Reflector

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const session = sessionOf(context.switchToHttp().getRequest())
    const requirement = this.reflector.getAllAndOverride(RequireMfa, [context.getHandler(), context.getClass()])
    const { satisfied, next, offers } = await this.mfa.sessions.assess(session, requirement)
    if (!satisfied) throw new UnauthorizedException({ type: 'mfa_required', next, offers })
    return true
  }
}
// mfa:end

@Controller()
class AppController {
  @Inject(MFA) private readonly mfa!: Mfa // mfa

  @Post('sign-in')
  async signIn(@Body() { email, password }: Record<'email' | 'password', unknown>) {
    const isRight = timingSafeEqual(hash(password), hash(process.env.USER_PASSWORD)) && email === process.env.USER_EMAIL
    if (!isRight) throw new UnauthorizedException({ type: 'wrong_password' })
    const session = { userId: 'user-1', sessionId: randomUUID() }
    sessions.set(session.sessionId, session.userId)
    // mfa:begin
    const { satisfied, ...where } = unwrap(await this.mfa.sessions.begin(session, { method: 'password' })).assessment
    const body = { type: 'mfa_required', token: session.sessionId, next: where.next, offers: where.offers }
    if (!satisfied) throw new UnauthorizedException(body)
    // mfa:end
    return { token: session.sessionId }
  }

  // mfa:begin
  @Post('codes')
  async enterCode(@Req() request: Incoming, @Body() body: Record<'factor' | 'code', unknown>) {
    const { userId, sessionId } = sessionOf(request)
    const entered = { code: String(body.code), newSessionId: randomUUID() }
    const factor = body.factor === 'recovery_code' ? 'recovery_code' : 'totp'
    const answer = await this.mfa.challenges.verify({ userId, sessionId }, { factor, ...entered })
    if (!answer.ok) throw new HttpException({ ...answer, assessment: undefined }, httpStatusOf(answer.reason))
    sessions.delete(sessionId)
    sessions.set(entered.newSessionId, userId)
    return { token: entered.newSessionId }
  }
  // mfa:end

  @Get('account')
  @UseGuards(MfaGuard) // mfa
  account(@Req() request: Incoming) {
    return { userId: sessionOf(request).userId }
  }

  @Post('transfers')
  @UseGuards(MfaGuard) // mfa
  @RequireMfa({ level: 'aal2', maxAgeMs: 5 * 60_000 }) // mfa
  transfer(@Body('amount') amount: unknown) {
    return { sent: amount }
  }
}

// mfa:begin
const useFactory = (): Mfa =>
  createMfa({ issuer: 'Acme', keys: [{ id: '2026-11', secret: process.env.MFA_KEY }], store: createMemoryStore() })
// mfa:end
@Module({ controllers: [AppController], providers: [{ provide: MFA, useFactory }] }) // mfa
export class AppModule {}

if (require.main === module) NestFactory.create(AppModule).then((app) => app.listen(process.env.PORT ?? 3000))
