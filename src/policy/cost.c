/* What a task may cost, in a word that a person understands (docs/policy.md, "Cost"). */
#include "base/cleanup.h"
#include "base/format.h"
#include "policy/policy.h"

#define NS_PER_SECOND UINT64_C(1000000000)

static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }

static uint64_t times(uint64_t ns, uint32_t attempts) {
    uint64_t product;
    return ns == CAP_NO_LIMIT || __builtin_mul_overflow(ns, attempts, &product) ? CAP_NO_LIMIT : product;
}

/* Time that units of compute take on a slow machine. */
static uint64_t time_for(uint64_t units) {
    if (units == CAP_NO_LIMIT) return CAP_NO_LIMIT;
    uint64_t seconds = units / CAP_COMPUTE_UNITS_PER_SECOND, rest = units % CAP_COMPUTE_UNITS_PER_SECOND, ns;
    if (__builtin_mul_overflow(seconds, NS_PER_SECOND, &ns)) return CAP_NO_LIMIT;
    return ns + rest / (CAP_COMPUTE_UNITS_PER_SECOND / NS_PER_SECOND);
}

static const char *class_of(uint64_t cpu_ns, uint64_t ram) {
    static const struct {
        const char *name;
        uint64_t units, ram;
    } classes[] = {
        {"LOW", CAP_COMPUTE_LOW, CAP_RAM_DEFAULT},
        {"MEDIUM", CAP_COMPUTE_MEDIUM, 2 * CAP_RAM_DEFAULT},
        {"HIGH", CAP_COMPUTE_HIGH, CAP_RAM_MAX},
    };
    for (size_t i = 0; i < CAP_COUNT(classes); i++)
        if (cpu_ns <= time_for(classes[i].units) && ram <= classes[i].ram) return classes[i].name;
    return "VERY HIGH";
}

cap_cost cap_cost_of(const cap_policy *policy) {
    uint64_t most = least(policy->cpu_ns, policy->timeout_ns);
    cap_cost cost = {.ram = policy->ram, .attempts = policy->max_retries + 1};
    cost.cpu_ns = times(least(time_for(policy->compute), most), cost.attempts);
    cost.cpu_most_ns = times(most, cost.attempts);
    cost.class_name = class_of(cost.cpu_ns, cost.ram);
    return cost;
}

void cap_cost_text(const cap_policy *policy, cap_buffer *out) {
    char text[CAP_FORMAT_MAX];
    cap_cost cost = cap_cost_of(policy);
    cap_buffer_add_text(out, cost.class_name);
    if (cost.cpu_ns == CAP_NO_LIMIT)
        cap_buffer_add_text(out, ": any amount of CPU time");
    else
        cap_buffer_add_format(out, ": about %s of CPU time", cap_format_duration(cost.cpu_ns, text));
    if (cost.cpu_most_ns > cost.cpu_ns)
        cap_buffer_add_format(out, " and never more than %s", cap_format_duration(cost.cpu_most_ns, text));
    cap_buffer_add_format(out, ", %s of memory", cap_format_size(cost.ram, text));
    if (policy->timeout_ns == CAP_NO_LIMIT)
        cap_buffer_add_text(out, ", any time");
    else
        cap_buffer_add_format(out, ", %s", cap_format_duration(times(policy->timeout_ns, cost.attempts), text));
    if (cost.attempts > 1) cap_buffer_add_format(out, " (%u attempts together)", cost.attempts);
}
