/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What CPUs say to each other: a model for the model checker spin, ahead of the code.
 *
 * CPU 0 is the home of a client T, which calls endpoint 1 (its server is on CPU 1), then endpoint
 * 2 (on CPU 2), waits for a notification, and whose deadline passes at any moment. A thread of
 * CPU 2 sets the notification's flag, destroys T, and destroys endpoint 1. A CPU is in the kernel
 * or not; each access to memory that another CPU may touch is a step of its own.
 *
 * The rules
 *   1. All of a thread belongs to its home, but for the time when it is away.
 *   2. What is sent is a node, which is in one inbox at most. An inbox keeps the order.
 *   3. A call of a server elsewhere: the thread's node goes there. It is away, and belongs to the
 *      other CPU from when that one takes the node out until it sends it back.
 *   4. Who wants it back (deadline, kill) has its home send its second node, `cancel`, once. That
 *      is sent back whether there was anything left to cancel or not; till then the thread doesn't
 *      go on, even if its own node has come. So a request never meets a later call.
 *   5. A notification's flag is set before the listener is looked for; a listener is entered before
 *      the flags are. A word says that its node is on its way: who finds it set doesn't send the
 *      node; who takes the node out clears the word then, and looks at the flags after that.
 *   6. Destroying: make it unreachable; at its home, have it back; wait until every other CPU has
 *      been out of the kernel, and until no inbox has a node of it; then its memory is free. An
 *      endpoint: unreachable; wait likewise; then the CPU of its servers is told, behind all calls
 *      that are under way to it, and ends them.
 *   7. Nobody waits in the kernel: what can't be done yet is tried again, behind what is in the
 *      inbox.
 *
 * run.sh breaks one rule after the other, and wants each found, as with time.pml.
 *
 * Left out: the answer's contents, priorities, more than one thread on its way to a CPU.
 */

#ifndef CALLS
#define CALLS 2
#endif
#ifndef DEADLINES
#define DEADLINES 1
#endif
#ifndef SIGNALS
#define SIGNALS 2
#endif

#define broken(rule) (breaks == rule)
#define LISTED_TWICE 1      /* a notification's node is sent although it's on its way */
#define WORD_FIRST 2        /* the word is cleared before the node is taken out */
#define GONE_UNAWAITED 3    /* a cancelled thread goes on when its own node comes */
#define GONE_UNSAID 4       /* a second node that finds nothing isn't sent back */
#define CANCEL_AGAIN 5      /* a thread that was asked for is taken for one that's back */
#define LISTENER_FIRST 6    /* the listener is looked for before the flag is set */
#define FLAGS_FIRST 7       /* a thread looks at the flags before it is the listener */
#define FREED_UNSEEN 8      /* a thread's memory is free while another CPU may have its address */
#define FREED_LISTED 9      /* or while an inbox has a node that leads there */
#define FREED_AWAY 10       /* or while it is away */
#define SWEPT_EARLY 11      /* an endpoint's CPU is told while others may still call */
#define SWEPT_ALONE 12      /* an endpoint ends and leaves its callers */
#define RULES 12

/* Nodes of inboxes: T's two, its notification's, and those of the requests to destroy. */
#define THREAD 0
#define CANCEL 1
#define NOTE 2
#define END_THREAD 3
#define END_ENDPOINT 4

/* States of T. */
#define RUNS 0
#define AWAY 1
#define WAITS 2
#define DEAD 3

/* Whose T is, only to check: a CPU, or on its way. */
#define UNDER_WAY 3

/* A part of an endpoint: what T is there. */
#define ABSENT 0
#define QUEUED 1
#define SERVED 2

c_decl { \#include <stdlib.h> }
byte breaks;

chan inbox[3] = [6] of { byte };
bool listed[5];
bool inside[3]; /* in the kernel */

bool noted; /* the word: NOTE is on its way */
byte state, at, owner, calls, returned, deadlines, signals;
bool asked, back, free, waited;
byte flags, most; /* signals that there will be */
bool listener;
byte part[3];
bool reachable[3] = true;
bool swept[3], ended;
bool seen[3];
bool thread_stays, thread_ends, endpoint_ends;

/* T may be looked at, by CPU c. */
inline own(c) { assert(!free && owner == c) }

inline put(cpu, node)
{
    atomic { assert(!listed[node]); listed[node] = true; inbox[cpu]!node }
}

inline pop(c, node) { atomic { inbox[c]?node; listed[node] = false } }

/* ---- CPU 0, where T lives ---- */

inline ask_back()
{
    asked = true;
    put(at, CANCEL)
}

inline come_back()
{
    atomic {
        owner = 0;
        state = RUNS;
        back = false;
        returned++;
        assert(returned == calls)
    }
}

inline thread_arrives()
{
    pop(0, THREAD);
    assert(!free && state == AWAY);
    back = true;
    if
    :: !asked || broken(GONE_UNAWAITED) -> come_back()
    :: else
    fi
}

inline cancel_arrives()
{
    pop(0, CANCEL);
    asked = false;
    if
    :: back -> come_back()
    :: else
    fi
}

inline note_arrives()
{
    if
    :: broken(WORD_FIRST) -> noted = false; pop(0, NOTE)
    :: else -> pop(0, NOTE); noted = false
    fi;
    assert(!free);
    if
    :: state == WAITS ->
        atomic { before = flags; flags = 0 };
        if
        :: before -> listener = false; state = RUNS
        :: else
        fi
    :: else
    fi
}

/* Once for each try: the thread that asked is away here. */
inline end_thread()
{
    pop(0, END_THREAD);
    if
    :: state == AWAY && !broken(FREED_AWAY) ->
        if
        :: !asked -> ask_back()
        :: else
        fi;
        if
        :: broken(CANCEL_AGAIN) -> atomic { state = DEAD; owner = 0 }
        :: else
        fi;
        put(0, END_THREAD)
    :: state != DEAD && (state != AWAY || broken(FREED_AWAY)) ->
        listener = false;
        atomic { state = DEAD; seen[1] = false; seen[2] = false };
        put(0, END_THREAD)
    :: state == DEAD ->
        atomic {
            seen[1] = seen[1] || !inside[1] || broken(FREED_UNSEEN);
            seen[2] = seen[2] || !inside[2] || broken(FREED_UNSEEN)
        };
        if
        :: seen[1] && seen[2] && (!listed[NOTE] || broken(FREED_LISTED)) ->
            atomic {
                assert(part[1] == ABSENT && part[2] == ABSENT);
                assert(!listed[THREAD] && !listed[CANCEL]);
                free = true
            }
        :: else -> put(0, END_THREAD)
        fi
    fi
}

inline start_call()
{
    target = 1 + calls % 2;
    calls++;
    if
    :: reachable[target] ->
        own(0);
        atomic { state = AWAY; at = target; owner = UNDER_WAY };
        put(target, THREAD)
    :: else -> returned++ /* an error, at once */
    fi
}

inline start_wait()
{
    waited = true;
    if
    :: broken(FLAGS_FIRST) -> before = flags; listener = true
    :: else -> listener = true; before = flags
    fi;
    if
    :: before -> flags = 0; listener = false
    :: else -> state = WAITS
    fi
}

proctype cpu0()
{
    byte before, target;
end:
    do
    :: atomic { inbox[0]?[THREAD] && !inside[0] -> inside[0] = true };
        thread_arrives(); inside[0] = false
    :: atomic { inbox[0]?[CANCEL] && !inside[0] -> inside[0] = true };
        cancel_arrives(); inside[0] = false
    :: atomic { inbox[0]?[NOTE] && !inside[0] -> inside[0] = true };
        note_arrives(); inside[0] = false
    :: atomic { inbox[0]?[END_THREAD] && !inside[0] -> inside[0] = true };
        end_thread(); inside[0] = false
    :: atomic { state == RUNS && calls < CALLS && reachable[1 + calls % 2] -> inside[0] = true };
        start_call(); inside[0] = false
    :: atomic { state == RUNS && !waited && !free -> inside[0] = true };
        start_wait(); inside[0] = false
    :: atomic { state == AWAY && !asked && deadlines < DEADLINES -> inside[0] = true };
        deadlines++;
        ask_back(); inside[0] = false
    od
}

/* ---- CPUs 1 and 2, where the servers are ---- */

/* T leaves, with an answer or an error. */
inline send_back(c)
{
    own(c);
    atomic { part[c] = ABSENT; owner = UNDER_WAY };
    put(0, THREAD)
}

inline arrive(c)
{
    pop(c, THREAD);
    assert(!swept[c]);
    atomic { assert(owner == UNDER_WAY); owner = c };
    part[c] = QUEUED
}

inline cancel(c)
{
    bool found;
    pop(c, CANCEL);
    found = part[c] != ABSENT;
    if
    :: found -> send_back(c)
    :: else
    fi;
    if
    :: found || !broken(GONE_UNSAID) -> put(0, CANCEL)
    :: else
    fi
}

inline serve(c)
{
    own(c);
    if
    :: part[c] == QUEUED -> part[c] = SERVED
    :: part[c] == SERVED -> send_back(c)
    fi
}

inline end_endpoint()
{
    pop(1, END_ENDPOINT);
    if
    :: part[1] != ABSENT && !broken(SWEPT_ALONE) -> send_back(1)
    :: else
    fi;
    swept[1] = true; /* its memory is free */
    assert(part[1] == ABSENT)
}

proctype cpu1()
{
end:
    do
    :: atomic { inbox[1]?[THREAD] -> inside[1] = true }; arrive(1); inside[1] = false
    :: atomic { inbox[1]?[CANCEL] -> inside[1] = true }; cancel(1); inside[1] = false
    :: atomic { inbox[1]?[END_ENDPOINT] -> inside[1] = true }; end_endpoint(); inside[1] = false
    :: atomic { part[1] != ABSENT && !swept[1] -> inside[1] = true }; serve(1); inside[1] = false
    od
}

inline signal()
{
    bool found;
    if
    :: broken(LISTENER_FIRST) -> found = listener; flags = 1
    :: else -> flags = 1; found = listener
    fi;
    if
    :: found ->
        atomic { before = noted; noted = true };
        if
        :: !before || broken(LISTED_TWICE) -> put(0, NOTE)
        :: else
        fi
    :: else
    fi
}

proctype cpu2()
{
    byte before;
end:
    do
    :: atomic { inbox[2]?[THREAD] -> inside[2] = true }; arrive(2); inside[2] = false
    :: atomic { inbox[2]?[CANCEL] -> inside[2] = true }; cancel(2); inside[2] = false
    :: atomic { part[2] != ABSENT -> inside[2] = true }; serve(2); inside[2] = false
    :: atomic { signals < most -> signals++; inside[2] = true }; signal(); inside[2] = false
    :: atomic { !thread_ends && !thread_stays -> thread_ends = true; inside[2] = true };
        put(0, END_THREAD); inside[2] = false
    :: atomic { !endpoint_ends -> endpoint_ends = true; inside[2] = true };
        reachable[1] = false; inside[2] = false
    :: atomic { endpoint_ends && !ended && (!inside[0] || broken(SWEPT_EARLY)) ->
            ended = true; inside[2] = true };
        put(1, END_ENDPOINT); inside[2] = false
    od
}

/* Nothing more happens: nobody waits for what has come or can't come. */
proctype monitor()
{
    timeout ->
    assert(!inside[0] && !inside[1] && !inside[2]);
    assert(state != AWAY);
    assert(!(state == WAITS && flags));
    assert(!thread_ends || free);
    assert(!ended || swept[1])
}

init
{
    atomic {
        most = SIGNALS;
        if
        :: most = 1 /* or a second one could make up for the first */
        :: skip
        fi;
        if
        :: thread_stays = true /* or its end could hide that it waits for ever */
        :: thread_stays = false
        fi;
        c_code { char *text = getenv("BREAK"); now.breaks = text ? atoi(text) : 0; };
        run cpu0();
        run cpu1();
        run cpu2();
        run monitor()
    }
}
