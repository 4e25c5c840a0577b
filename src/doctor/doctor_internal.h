/* What the parts of `capsule doctor` share. */
#ifndef CAP_TASK_DOCTOR_INTERNAL_H
#define CAP_TASK_DOCTOR_INTERNAL_H

#include "base/buffer.h"
#include "doctor/doctor.h"

typedef enum cap_doctor_level { CAP_DOCTOR_OK, CAP_DOCTOR_WARNING, CAP_DOCTOR_ERROR } cap_doctor_level;

typedef struct cap_doctor {
    cap_buffer json; /* the array so far */
    bool healthy;
} cap_doctor;

/* Adds one finding. check: a short name of at most 18 bytes; cost: what its lack costs, NULL when nothing is lacking. */
void cap_doctor_add(cap_doctor *doctor, const char *check, cap_doctor_level level, const char *cost, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Kernel, CPU and limits of this process. cpu_level: what the installed guests were compiled for, "" when not known. */
void cap_doctor_check_machine(cap_doctor *doctor, const char *cpu_level);

#endif
