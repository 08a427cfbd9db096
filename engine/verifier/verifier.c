/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps of a verification, in order. */
#include "engine/verifier/verifier.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "common/btf/btf.h"
#include "engine/engine.h"
#include "engine/object/btf_obj.h"
#include "engine/verifier/resolve.h"
#include "engine/verifier/rules/rules.h"
#include "engine/verifier/search/search.h"

static u64 now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000 + (u64)ts.tv_nsec / 1000;
}

/* Functions that others may call with any arguments of their prototypes are verified by themselves, once they are called. */
static int walk_globals(struct verifier_env *env)
{
	const struct bpf_prog *prog = env->prog;
	bool *done = calloc(prog->subprog_cnt, sizeof(*done));
	bool again = true;
	int err = done ? 0 : -ENOMEM;

	while (again && !err) {
		again = false;
		for (u32 i = 1; i < prog->subprog_cnt && !err; i++) {
			if (!prog->subprogs[i].is_global || !env->subprogs[i].called || done[i])
				continue;
			done[i] = true;
			again = true;
			if (log_wants(env->log, LOG_LEVELS))
				explain(env, "Validating %s() func#%u...\n", env_subprog_name(env, i), i);
			err = search_function(env, i);
			if (!err && log_wants(env->log, LOG_LEVELS))
				explain(env, "Func#%u ('%s') is safe for any args that match its prototype\n", i,
					env_subprog_name(env, i));
		}
	}
	free(done);
	return err;
}

static int walk_program(struct verifier_env *env)
{
	int err = search_function(env, 0);

	return err ? err : walk_globals(env);
}

static void log_stats(struct verifier_env *env, u64 start_us)
{
	if (log_wants(env->log, LOG_STATS)) {
		explain(env, "verification time %llu usec\nstack depth ", (unsigned long long)(now_us() - start_us));
		for (u32 i = 0; i < env->prog->subprog_cnt; i++)
			explain(env, "%s%u", i ? "+" : "", env->prog->subprogs[i].stack_depth);
		explain(env, "\n");
	}
	explain(env, "processed %u insns (limit %d) max_states_per_insn %u total_states %u peak_states %u mark_read %u\n",
		env->insns_processed, COMPLEXITY_LIMIT_INSNS, env->max_states_per_insn, env->total_states, env->peak_states, 0U);
}

static int run_steps(struct verifier_env *env)
{
	int err;

	err = subprogs_find(env);
	if (!err)
		err = subprogs_check_btf(env);
	if (!err)
		err = resolve_immediates(env);
	if (!err)
		err = cfg_check(env);
	if (!err)
		err = order_compute(env);
	if (!err)
		err = resolve_attach(env);
	if (!err)
		err = scc_compute(env);
	if (!err)
		err = live_regs_compute(env);
	if (!err)
		err = walk_program(env);
	if (!err)
		err = stack_depth_check(env);
	return err;
}

static bool is_strict(const struct bpf_prog *prog)
{
	return (prog->prog_flags & BPF_F_STRICT_ALIGNMENT) && !(prog->prog_flags & BPF_F_ANY_ALIGNMENT);
}

static void env_init(struct verifier_env *env, struct bpf_prog *prog, const struct verifier_opts *opts, struct verifier_log *log)
{
	*env = (struct verifier_env){
		.prog = prog,
		.opts = opts,
		.log = log,
		.engine = prog->obj.engine,
		.kernel_btf = prog->obj.engine->vmlinux ? prog->obj.engine->vmlinux->btf : NULL,
		.prog_btf = prog->btf ? prog->btf->btf : NULL,
		.insns = prog->insns,
		.insn_cnt = prog->insn_cnt,
		.strict_alignment = is_strict(prog),
		.test_state_freq = prog->prog_flags & BPF_F_TEST_STATE_FREQ,
		.search_ops = &search_ops,
		.cur_history = -1,
	};
}

int verifier_check(struct bpf_prog *prog, const struct verifier_opts *opts, struct verifier_log *log)
{
	struct verifier_env env;
	u64 start = now_us();
	int err = -ENOMEM;

	if (!prog->ops || !prog->insn_cnt)
		return -EINVAL;
	env_init(&env, prog, opts, log);
	free(prog->aux);
	prog->aux = calloc(prog->insn_cnt, sizeof(*prog->aux));
	env.aux = prog->aux;
	if (prog->aux && search_new(&env)) {
		for (u32 i = 0; i < prog->insn_cnt; i++)
			prog->aux[i].orig_idx = i;
		err = run_steps(&env);
		log_stats(&env, start);
	}
	prog->verified_insns = env.insns_processed;
	search_free(&env);
	free(env.subprogs);
	free(env.map_fields);
	free(env.live_regs);
	return err;
}
