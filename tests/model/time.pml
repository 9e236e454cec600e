/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How time follows a call: a model of kernel/sched and kernel/ipc for the model checker spin.
 *
 * Three clients R1 R2 R3, two servers S1 S2 that may call each other, a SchedContext (X) for each,
 * with the number of its root. Two clients have a budget. Everything else happens at any moment: a
 * tick is charged, a server waits for a notification or answers, a period begins, a call times
 * out, a thread is suspended or killed, a server is restarted, a SchedContext ends.
 *
 * Each step is one entry into the kernel and ends with check(), which says what must hold whenever
 * the kernel is left. Calls, work and faults are limited, so that every run ends; at each end
 * nobody who has time may wait. (No infinite run can hide a starvation: each step uses up a call,
 * work, a fault, or a part of a debt.) Time is given by rank: the best ready X runs.
 *
 * The rules
 *   1. X runs the end of its chain. It goes along the callee links, and from a caller that waits
 *      at a busy server on through that server: it helps. All who wait help; the best one runs.
 *   2. If the end can't run, X parks there. It's released when the end can run, and so is all
 *      that is parked further along when a link of the chain is cut.
 *   3. A call to an idle server and the answer to a caller change the thread, not the X. The
 *      answer may do so if nobody waits at the server and the link isn't marked (in_c). Marked is
 *      the link to a server that its own time has run.
 *   4. An idle server's own time is its reserve already: a call has nothing to move. It gets ready
 *      when time is taken from the server: who is before it in the chain, or helps it, is
 *      depleted or cut off; or when the call that it takes has no time.
 *   5. Who pays is found at the top of the caller links: the X that an orphan remembers (debtor),
 *      else the top's own, else the X that runs. The debtor is kept until the server waits for
 *      calls, or that X ends.
 *   6. A payer with nothing left is depleted till its next period, and longer with a larger debt.
 *   7. A call that would make a chain of more than DEPTH threads, or wait for itself, fails.
 *
 * To see that a mistake would be found, run.sh breaks one rule after the other (BREAK=1 to RULES
 * in the environment) and wants each found. After that `BREAK=n ./pan -r time.pml.trail` in
 * build/model/time tells the story.
 *
 * Left out: several CPUs, Reply objects, faults, several servers at one endpoint.
 */

#define R1 0
#define R2 1
#define R3 2
#define S1 3
#define S2 4
#define LAST 4
#define NONE 5
#define is_server(t) ((t) >= S1)

/* Thread.state, as in kernel/object/thread.h; DEAD waits for its restart */
#define RUNNABLE 0
#define QUEUED 1
#define WAITING 2
#define STOPPED 3
#define DEAD 4

/* Time.place */
#define UNBOUND 0
#define CURRENT 1
#define READY 2
#define PARKED 3
#define DEPLETED 4
#define RESERVE 5

/* How much may happen: calls of a client, ticks of a client and of a request, faults, ... */
#ifndef CALLS
#define CALLS 1
#endif
#ifndef TICKS
#define TICKS 0
#endif
#ifndef WORK
#define WORK 1
#endif
#ifndef FAULTS
#define FAULTS 1
#endif
#ifndef BUDGET
#define BUDGET 1
#endif
#ifndef DEPTH
#define DEPTH 3
#endif
#define OVERRUN (2 * WORK + 2)

/* A rule to break, from the environment: see the head. */
#define broken(rule) (breaks == rule)
#define PENDING_IGNORED 1    /* a fast reply doesn't look whether somebody waits */
#define RESERVE_UNMARKED 2   /* the answer of a server that runs on its reserve may be fast */
#define OWN_TIME_PAYS 3      /* an orphan's own time pays, not who started the request */
#define DEBTOR_FORGOTTEN 4   /* an orphan doesn't remember who started the request */
#define DEBTOR_KEPT 5        /* and doesn't forget it when it waits for calls */
#define RUNNER_PAYS 6        /* a helper is charged for what it runs */
#define DEBT_FORGIVEN 7      /* a new period begins without the debt */
#define DEPLETED_ALONE 8     /* depletion doesn't make reserves ready */
#define DEPLETED_TO_QUEUE 9  /* or not beyond the queue where the time helped */
#define CUT_ALONE 10         /* the end of a call doesn't make reserves ready */
#define STAY_PARKED 11       /* or leaves time parked where the chain doesn't go any more */
#define NOBODY_HELPS 12      /* a server that takes a caller doesn't tell those who wait */
#define FIRST_HELPS 13       /* of all who wait only the first with time helps */
#define CYCLES_ALLOWED 14    /* a call may wait for itself */
#define RULES 14

typedef Thread {
    unsigned caller : 3;    /* whom it works for */
    unsigned callee : 3;    /* who works for it */
    unsigned state : 3;
    unsigned queued_on : 3; /* QUEUED: the server that it waits for */
    unsigned key : 3;       /* QUEUED: its place in the queue, highest first */
    unsigned debtor : 3;    /* an orphan's: the X that pays */
    unsigned starter : 3;   /* only to check: the X that began what it works on */
    unsigned left : 3;      /* ticks or waits that it may still do */
    unsigned calls : 2;     /* calls that it may still make */
    bool in_c;              /* the answer to it is C's */
    bool idle               /* a server: waits for calls; a client: has finished */
}

typedef Time {
    unsigned place : 3;
    unsigned on : 3;   /* PARKED: the thread */
    unsigned rank : 3; /* its priority; each has another */
    bool limited;
    short budget;
    short account      /* only to check: what was given minus what was used */
}

Thread T[5];
Time X[5];
byte thread = NONE; /* that runs */
byte sched = NONE;  /* the X that it runs on */
byte faults = FAULTS;
byte breaks;
c_decl {
\#include <stdlib.h>
}

#define is_reserve(x) (X[x].place == RESERVE)
#define is_active(x) (X[x].place == CURRENT || X[x].place == READY || X[x].place == PARKED)
#define is_runnable(t) (T[t].state == RUNNABLE && T[t].callee == NONE && !T[t].idle)
#define is_busy(s) (!T[s].idle && T[s].state != DEAD)
#define is_queued(t) (T[t].state == QUEUED)

hidden byte timed[5]; /* see spread_time */
/* Variables within a step; they are no part of a state. */
hidden byte wn, ti, tn, hi, wh, rx, rt, re, pt, bx, bt, ba, ct, cs, cp, dt, de, di, wq, ki, li;
hidden byte xi, ge, ok, has;

/* ---- the rules ---- */

/* timed[t]: some time comes to t, its own or along the chain */
inline spread_time() {
    for (ti : 0 .. LAST) { timed[ti] = is_active(ti) }
    for (tn : 1 .. DEPTH) {
        for (ti : 0 .. LAST) {
            if
            :: timed[ti] && T[ti].callee != NONE -> timed[T[ti].callee] = true
            :: timed[ti] && is_queued(ti) && is_busy(T[ti].queued_on) ->
                timed[T[ti].queued_on] = true
            :: else
            fi
        }
    }
}

/* q: the first caller that waits for e, of those for which `pick` */
inline first_caller(e, q, pick) {
    q = NONE;
    for (hi : 0 .. LAST) {
        if
        :: is_queued(hi) && T[hi].queued_on == e && pick &&
            (q == NONE || T[hi].key > T[q].key) ->
            q = hi
        :: else
        fi
    }
}

/* only for FIRST_HELPS */
inline helper_of(e, h) {
    spread_time();
    first_caller(e, h, timed[hi])
}

/* The end of the chain. through: along all queues, even with FIRST_HELPS. */
inline walk(from, end, through) {
    end = from;
    wn = 0;
    do
    :: wn > LAST -> assert(false) /* a cycle */; break
    :: wn <= LAST && T[end].callee != NONE -> end = T[end].callee; wn++
    :: wn <= LAST && is_queued(end) && is_busy(T[end].queued_on) ->
        wn++;
        if
        :: through || !broken(FIRST_HELPS) -> end = T[end].queued_on
        :: else ->
            helper_of(T[end].queued_on, wh);
            if
            :: wh == end -> end = T[end].queued_on
            :: else -> break
            fi
        fi
    :: else -> break
    od
}

/* take x from where it is; its place is set after that */
inline unplace(x) {
    if
    :: sched == x -> sched = NONE
    :: else
    fi;
    X[x].on = NONE
}

inline park(x, t) {
    if
    :: x == t && is_server(t) && T[t].idle -> X[x].place = RESERVE; X[x].on = NONE
    :: else -> X[x].place = PARKED; X[x].on = t
    fi
}

/* the server works on another's time, or waits */
inline keep_reserve(s) {
    if
    :: is_active(s) -> unplace(s); X[s].place = RESERVE
    :: else
    fi
}

inline make_ready(x) {
    X[x].place = READY;
    X[x].on = NONE
}

/* what is parked on t looks for its end again */
inline release(t) {
    for (rx : 0 .. LAST) {
        if
        :: X[rx].place == PARKED && X[rx].on == t -> make_ready(rx)
        :: else
        fi
    }
}

inline release_reserve(s) {
    if
    :: is_reserve(s) -> make_ready(s)
    :: else
    fi
}

/* a server became busy, or who waits for it changed */
inline help(e) {
    if
    :: broken(NOBODY_HELPS)
    :: !broken(NOBODY_HELPS) && !broken(FIRST_HELPS) ->
        for (wq : 0 .. LAST) {
            if
            :: is_queued(wq) && T[wq].queued_on == e -> release(wq)
            :: else
            fi
        }
    :: else ->
        helper_of(e, wq);
        if
        :: wq != NONE -> release(wq)
        :: else
        fi
    fi
}

/* time from t is about to be taken from all further along */
inline release_chain(t) {
    rt = t;
    do
    :: if
        :: !broken(STAY_PARKED) -> release(rt)
        :: else
        fi;
        if
        :: !broken(CUT_ALONE) -> release_reserve(rt)
        :: else
        fi;
        if
        :: T[rt].callee != NONE -> rt = T[rt].callee
        :: is_queued(rt) && is_busy(T[rt].queued_on) -> rt = T[rt].queued_on
        :: else -> break
        fi
    od
}

/* NONE: what runs pays */
inline payer_of(t, p) {
    pt = t;
    do
    :: T[pt].caller != NONE -> pt = T[pt].caller
    :: else -> break
    od;
    if
    :: broken(OWN_TIME_PAYS) && X[pt].place != UNBOUND -> p = pt
    :: else ->
        if
        :: T[pt].debtor != NONE -> p = T[pt].debtor
        :: T[pt].debtor == NONE && X[pt].place != UNBOUND -> p = pt
        :: else -> p = NONE
        fi
    fi
}

inline link(c, s) {
    T[s].caller = c;
    T[s].idle = false;
    T[s].left = WORK;
    T[s].calls = 1;
    T[s].starter = (T[c].starter != NONE -> T[c].starter :
        (X[c].place != UNBOUND -> c : NONE));
    T[c].callee = s;
    T[c].in_c = false;
    T[c].state = RUNNABLE;
    T[c].queued_on = NONE;
    T[c].key = 0
}

inline unlink(c, s) {
    T[c].callee = NONE;
    T[c].in_c = false;
    T[s].caller = NONE
}

/* sched_resolve: the best ready X whose end can run, and the thread that it runs */
inline resolve() {
    thread = NONE;
    if
    :: sched != NONE ->
        walk(sched, re, 0);
        if
        :: !is_runnable(re) -> park(sched, re); sched = NONE
        :: else
        fi
    :: else
    fi;
    do
    :: bx = NONE;
        for (bt : 0 .. LAST) {
            if
            :: X[bt].place == READY && (sched == NONE || X[bt].rank > X[sched].rank) &&
                (bx == NONE || X[bt].rank > X[bx].rank) -> bx = bt
            :: else
            fi
        };
        if
        :: bx == NONE -> break
        :: else ->
            walk(bx, re, 0);
            if
            :: is_runnable(re) ->
                if
                :: sched != NONE -> X[sched].place = READY
                :: else
                fi;
                sched = bx;
                X[bx].place = CURRENT
            :: else -> park(bx, re)
            fi
        fi
    od;
    if
    :: sched != NONE ->
        walk(sched, thread, 0);
        if
        :: !broken(RESERVE_UNMARKED) && T[sched].caller != NONE -> T[T[sched].caller].in_c = true
        :: else
        fi
    :: else
    fi
}

/* ipc_wait: the server takes the first caller or becomes idle */
inline wait_for_calls(s) {
    T[s].debtor = (broken(DEBTOR_KEPT) -> T[s].debtor : NONE);
    T[s].starter = NONE;
    T[s].idle = true;
    T[s].left = 0;
    T[s].calls = 0;
    first_caller(s, cs, true);
    if
    :: cs != NONE ->
        spread_time();
        has = timed[cs];
        release(cs);
        link(cs, s);
        if
        :: has -> keep_reserve(s)
        :: else -> release_reserve(s)
        fi;
        help(s)
    :: else ->
        keep_reserve(s)
    fi
}

/* a chain from t has lost time: where it ends in queues, the next one may help */
inline help_below(t) {
    dt = t;
    do
    :: T[dt].callee != NONE -> dt = T[dt].callee
    :: is_queued(dt) && is_busy(T[dt].queued_on) -> dt = T[dt].queued_on; help(dt)
    :: else -> break
    od
}

/* ipc_cancel: the call of t, if any, ends with an error */
inline cancel(t) {
    release_chain(t);
    if
    :: T[t].callee != NONE ->
        ct = T[t].callee;
        payer_of(t, cp);
        T[ct].debtor = (broken(DEBTOR_FORGOTTEN) -> NONE : cp);
        /* that X has ended: whoever would have paid since began it */
        T[ct].starter = (T[ct].starter == NONE -> cp : T[ct].starter);
        unlink(t, ct);
        release(ct);
        help_below(ct)
    :: is_queued(t) ->
        ct = T[t].queued_on;
        T[t].state = RUNNABLE;
        T[t].queued_on = NONE;
        T[t].key = 0;
        help(ct)
    :: else
    fi
}

/* x has nothing left; those who worked on it go on with their own */
inline deplete(x) {
    unplace(x);
    X[x].place = DEPLETED;
    dt = x;
    do
    :: !broken(DEPLETED_ALONE) && T[dt].callee != NONE -> dt = T[dt].callee; release_reserve(dt)
    :: is_queued(dt) && is_busy(T[dt].queued_on) ->
        de = T[dt].queued_on;
        help(de);
        if
        :: broken(DEPLETED_TO_QUEUE) -> break
        :: else -> dt = de; release_reserve(dt)
        fi
    :: else -> break
    od
}

/* the thread that runs has used a unit of time */
inline tick() {
    payer_of(thread, cp);
    if
    :: cp == NONE || broken(RUNNER_PAYS) -> cp = sched
    :: else
    fi;
    /* no theft */
    assert(T[thread].starter == NONE || cp == T[thread].starter);
    if
    :: X[cp].limited ->
        X[cp].budget = X[cp].budget - 1;
        X[cp].account = X[cp].account - 1;
        assert(X[cp].budget >= -OVERRUN);
        if
        :: X[cp].budget <= 0 && X[cp].place != DEPLETED && X[cp].place != UNBOUND ->
            deplete(cp); resolve()
        :: else
        fi
    :: else
    fi
}

/* would be deeper than DEPTH, or wait for itself */
inline call_fits(t, e) {
    ok = true;
    ba = 1;
    bt = t;
    do
    :: T[bt].caller != NONE -> bt = T[bt].caller; ba++
    :: else -> break
    od;
    bt = e;
    do
    :: bt == t -> ok = false; break
    :: bt != t ->
        ba++;
        if
        :: T[bt].callee != NONE -> bt = T[bt].callee
        :: is_queued(bt) -> bt = T[bt].queued_on
        :: else -> break
        fi
    od;
    ok = (ok || broken(CYCLES_ALLOWED)) && ba <= DEPTH
}

/* the running thread calls: the fast path if e is idle */
inline call(t, e) {
    T[t].calls = T[t].calls - 1;
    call_fits(t, e);
    if
    :: !ok
    :: ok && T[e].idle && T[e].state == RUNNABLE -> link(t, e); thread = e
    :: else ->
        T[t].state = QUEUED;
        T[t].queued_on = e;
        T[t].key = X[sched].rank;
        resolve()
    fi
}

/* the running server answers its caller, if it has one, and waits for calls */
inline reply_wait(s) {
    ct = T[s].caller;
    first_caller(s, cs, true);
    if
    :: ct != NONE && !T[ct].in_c && (cs == NONE || broken(PENDING_IGNORED)) ->
        unlink(ct, s);
        T[s].idle = true;
        T[s].starter = NONE;
        T[s].left = 0;
        T[s].calls = 0;
        thread = ct
    :: else ->
        if
        :: ct != NONE -> unlink(ct, s); release(ct)
        :: else
        fi;
        wait_for_calls(s);
        resolve()
    fi
}

/* ---- properties ---- */
inline check() {
    ba = 0;
    for (ki : 0 .. LAST) {
        /* links mirror each other; each X is in one place */
        assert(T[ki].callee == NONE || (T[T[ki].callee].caller == ki && T[ki].state != QUEUED));
        assert(T[ki].caller == NONE || (T[T[ki].caller].callee == ki && T[ki].debtor == NONE));
        assert(!T[ki].idle || !is_server(ki) ||
            (T[ki].caller == NONE && T[ki].callee == NONE && T[ki].debtor == NONE));
        /* nobody waits for an idle server */
        assert(!is_queued(ki) ||
            !(T[T[ki].queued_on].idle && T[T[ki].queued_on].state == RUNNABLE));
        assert((X[ki].place == CURRENT) == (sched == ki));
        assert((X[ki].place == PARKED) == (X[ki].on != NONE));
        assert(!X[ki].limited || !is_active(ki) || (X[ki].budget > 0 && X[ki].account > 0));
        assert(X[ki].place != DEPLETED || X[ki].budget <= 0)
    };
    /* who runs is the end of the chain of the time that runs: fast answers must see to it */
    assert((sched == NONE) == (thread == NONE));
    if
    :: sched != NONE ->
        walk(sched, ge, 0);
        assert(ge == thread && is_runnable(thread))
    :: else
    fi;
    for (ki : 0 .. LAST) {
        if
        :: is_active(ki) ->
            walk(ki, ge, 1);
            if
            :: X[ki].place == PARKED -> /* somewhere along its chain, where nothing runs */
                assert(!is_runnable(X[ki].on));
                li = ki;
                do
                :: li == X[ki].on -> break
                :: li != X[ki].on && T[li].callee != NONE -> li = T[li].callee
                :: li != X[ki].on && T[li].callee == NONE && is_queued(li) &&
                    is_busy(T[li].queued_on) -> li = T[li].queued_on
                :: else -> assert(false)
                od
            :: else
            fi;
            if
            :: is_runnable(ge) ->
                assert(sched != NONE);
                /* the best time that can run does */
                assert(X[ki].rank <= X[sched].rank);
                /* and nobody is stranded: some ready time leads there */
                ok = false;
                for (xi : 0 .. LAST) {
                    if
                    :: X[xi].place == READY || X[xi].place == CURRENT ->
                        walk(xi, li, 0);
                        ok = ok || li == ge
                    :: else
                    fi
                };
                assert(ok)
            :: else
            fi
        :: is_reserve(ki) && is_runnable(ki) -> /* not while only this could run it */
            ok = false;
            for (xi : 0 .. LAST) {
                if
                :: X[xi].place == READY || X[xi].place == CURRENT ->
                    walk(xi, li, 0);
                    ok = ok || li == ki
                :: else
                fi
            };
            assert(ok)
        :: else
        fi
    }
}

#define step(guard) d_step { (guard) ->
/* for a replay */
#define say(what, t) printf("%d: ", t); printf(#what); printf("\n")
inline tell() {
    printf("      runs %d on X%d:", thread, sched);
    for (u : 0 .. LAST) {
        printf(" [%d: state %d callee %d in_c %d", u, T[u].state, T[u].callee, T[u].in_c);
        printf(" queued_on %d idle %d debtor %d", T[u].queued_on, T[u].idle, T[u].debtor);
        printf(" place %d on %d budget %d]", X[u].place, X[u].on, X[u].budget)
    };
    printf("\n")
}
#define done tell(); check(); u = 0 }

byte u;
inline start() {
    for (u : 0 .. LAST) {
        T[u].caller = NONE; T[u].callee = NONE; T[u].queued_on = NONE;
        T[u].debtor = NONE; T[u].starter = NONE;
        X[u].on = NONE;
        if
        :: is_server(u) -> T[u].idle = true
        :: else ->
            T[u].calls = CALLS; T[u].left = TICKS;
            X[u].place = READY; X[u].rank = 2 + u
        fi
    };
    u = 0
}

/* what happens at any time */
proctype events(byte who) {
end:
    do
    :: step(X[who].place == DEPLETED) say(replenish, who);
        X[who].budget = (broken(DEBT_FORGIVEN) -> 0 : X[who].budget) + BUDGET;
        X[who].account = X[who].account + BUDGET;
        if
        :: X[who].budget > 0 -> make_ready(who); resolve()
        :: else
        fi; done
    :: step(T[who].state == WAITING)
        say(signal, who); T[who].state = RUNNABLE; release(who); resolve(); done
    :: step(T[who].state == STOPPED) say(resume, who);
        T[who].state = RUNNABLE;
        if
        :: is_server(who) && T[who].idle -> wait_for_calls(who)
        :: else
        fi;
        release(who); resolve(); done
    :: step(is_server(who) && T[who].state == DEAD) say(restart, who);
        T[who].state = RUNNABLE; wait_for_calls(who); release(who); resolve(); done
    /* time-out */
    :: step(faults > 0 && !is_server(who) && (T[who].callee != NONE || is_queued(who)))
        say(timeout, who);
        faults--; cancel(who); release(who); resolve(); done
    /* suspend */
    :: step(faults > 0 && T[who].state != DEAD && T[who].state != STOPPED &&
        (is_server(who) || !T[who].idle))
        say(suspend, who);
        faults--; cancel(who); T[who].state = STOPPED; resolve(); done
    /* kill */
    :: step(faults > 0 && !is_server(who) && T[who].state != DEAD) say(kill client, who);
        faults--; cancel(who); T[who].state = DEAD; T[who].idle = false;
        unplace(who); X[who].place = UNBOUND; resolve(); done
    :: step(faults > 0 && is_server(who) && T[who].state != DEAD) say(kill server, who);
        faults--; cancel(who);
        di = T[who].caller;
        if
        :: di != NONE -> cancel(di); release(di)
        :: else
        fi;
        T[who].state = DEAD; T[who].idle = false; T[who].debtor = NONE; T[who].starter = NONE;
        T[who].left = 0; T[who].calls = 0;
        resolve(); done
    /* end of a SchedContext */
    :: step(faults > 0 && !is_server(who) && X[who].place != UNBOUND) say(kill SC, who);
        faults--; cancel(who); release(who); unplace(who); X[who].place = UNBOUND;
        for (di : 0 .. LAST) {
            if
            :: T[di].debtor == who -> T[di].debtor = NONE
            :: else
            fi;
            if
            :: T[di].starter == who -> T[di].starter = NONE
            :: else
            fi
        };
        resolve(); done
    od
}

active proctype kernel() {
    c_code { now.breaks = getenv("BREAK") ? atoi(getenv("BREAK")) : 0; };
    d_step { start() };
    /* two clients have a budget, the third has no limit */
    if
    :: X[R2].limited = true; X[R3].limited = true
#ifdef EVERY_ORDER
    :: X[R1].limited = true; X[R3].limited = true
    :: X[R1].limited = true; X[R2].limited = true
#endif
    fi;
    /* servers are passive, or have a reserve that is worse or better than all clients */
    if
    :: X[S1].place = RESERVE; X[S1].rank = 1
#ifdef EVERY_ORDER
    :: true
    :: X[S1].place = RESERVE; X[S1].rank = 6
#endif
    fi;
    if
    :: true
#ifndef PASSIVE
    :: X[S2].place = RESERVE; X[S2].rank = 5
#endif
#ifdef EVERY_ORDER
    :: X[S2].place = RESERVE; X[S2].rank = 0
#endif
    fi;
    d_step {
        for (u : 0 .. LAST) {
            if
            :: X[u].limited -> X[u].budget = BUDGET; X[u].account = BUDGET
            :: else
            fi
        };
        u = 0;
        resolve();
        check(); u = 0
    };
    atomic { run events(R1); run events(R2); run events(R3); run events(S1); run events(S2) };
    do
    /* what the running thread does */
    :: step(thread != NONE && T[thread].left > 0)
        say(tick, thread); T[thread].left = T[thread].left - 1; tick(); done
    :: step(thread != NONE && T[thread].calls > 0 && thread != S1)
        say(call S1, thread); call(thread, S1); done
    :: step(thread != NONE && T[thread].calls > 0 && thread != S2)
        say(call S2, thread); call(thread, S2); done
    :: step(thread != NONE && !is_server(thread) && T[thread].calls == 0) say(finished, thread);
        T[thread].idle = true; T[thread].left = 0; resolve(); done
    :: step(thread != NONE && is_server(thread) && T[thread].left > 0) say(wait, thread);
        T[thread].left = T[thread].left - 1; T[thread].state = WAITING; resolve(); done
    :: step(thread != NONE && is_server(thread)) say(reply, thread); reply_wait(thread); done
    :: timeout -> break
    od;
    /* the end: nobody who has time is in a call, or at work */
    u = 0;
    d_step {
        for (u : 0 .. LAST) {
            assert(X[u].place == UNBOUND || (T[u].callee == NONE && !is_queued(u) &&
                (T[u].idle || T[u].state == DEAD)))
        };
        u = 0
    }
}
