/* SPDX-License-Identifier: BSD-2-Clause */
/* The program's exit: nothing is held, and r0 is what this type of program may return. */
#include "engine/verifier/rules/rules.h"

bool retval_within(struct bpf_retval_range range, const struct bpf_reg *reg)
{
	return range.min <= reg->val.r.smin && reg->val.r.smax <= range.max;
}

int reject_retval(struct verifier_env *env, const struct bpf_reg *reg, struct bpf_retval_range range, const char *when,
		  const char *name)
{
	bool unknown = true;

	explain(env, "%s the register %s has", when, name);
	if (reg->val.r.smin > INT64_MIN) {
		explain(env, " smin=%lld", (long long)reg->val.r.smin);
		unknown = false;
	}
	if (reg->val.r.smax < INT64_MAX) {
		explain(env, " smax=%lld", (long long)reg->val.r.smax);
		unknown = false;
	}
	if (unknown)
		explain(env, " unknown scalar value");
	return reject(env, RESULT_RANGE, range.min, range.max);
}

static int check_result(struct verifier_env *env)
{
	const struct bpf_reg *r0 = env_reg(env, BPF_REG_0);
	struct bpf_retval_range range;
	char name[TYPE_TEXT];
	int err = reg_use(env, BPF_REG_0);

	if (err)
		return err;
	if (env_frame(env)->subprog) {
		if (r0->type != SCALAR_VALUE)
			return reject(env, SUBPROG_RESULT_TYPE, BPF_REG_0, reg_type_name(r0->type, name, sizeof(name)));
		return 0;
	}
	if (!env->prog->ops->retval_range || !env->prog->ops->retval_range(env->prog, &range))
		return 0;
	if (r0->type != SCALAR_VALUE)
		return reject(env, RESULT_TYPE, BPF_REG_0, reg_type_name(r0->type, name, sizeof(name)));
	err = env_mark_precise(env, BPF_REG_0);
	if (!err && !retval_within(range, r0))
		err = reject_retval(env, r0, range, "At program exit", "R0");
	return err;
}

int rule_exit(struct verifier_env *env)
{
	int err = check_leaks(env, false, "BPF_EXIT instruction");

	if (err)
		return err;
	if (env->cur->curframe) {
		err = return_from_function(env);
		return err ? err : STEP_RETURNED;
	}
	err = check_result(env);
	return err ? err : STEP_PATH_END;
}
