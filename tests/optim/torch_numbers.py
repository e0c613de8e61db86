#!/usr/bin/python3
# Writes torch_numbers.json: 100 steps of Adam and AdamW, and learning rates, by PyTorch in float64.
#
#   tests/optim/torch_numbers.py >tests/optim/torch_numbers.json     (Debian: python3-torch)
#
# Five weights w go down a / 2 (w - c)^2 + q / 4 (w - c)^4. PyTorch adds epsilon to the corrected
# root, reel to the uncorrected one: they are the same where PyTorch's is reel's over
# sqrt(1 - beta_2^t), so it is set before each step. Read before: adam.h.

import json
import math

import torch

A, C, Q = [0.5, 1.0, 2.0, 0.1, 3.0], [1.0, -2.0, 0.3, 4.0, -0.1], [0.2, 0.05, 1.0, 0.0, 0.4]
START = [0.0, 1.0, -1.5, 2.0, 0.7]


def tensor(values):
    return torch.tensor(values, dtype=torch.float64)


def steps(kind, rate, betas, epsilon, **others):
    """The weights after steps 1, 2, 3, 10, 20, ... 100."""
    w = tensor(START).requires_grad_()
    optimizer = kind([w], lr=rate, betas=betas, eps=epsilon, foreach=False, **others)
    kept = []
    for t in range(1, 101):
        optimizer.param_groups[0]["eps"] = epsilon / math.sqrt(1 - betas[1] ** t)
        optimizer.zero_grad()
        d = w - tensor(C)
        (tensor(A) / 2 * d ** 2 + tensor(Q) / 4 * d ** 4).sum().backward()
        optimizer.step()
        if t in (1, 2, 3) or t % 10 == 0:
            kept += w.tolist()
    return kept


def one_cycle(steps_in_all, **others):
    optimizer = torch.optim.SGD([tensor([0.0]).requires_grad_()], lr=0.1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, total_steps=steps_in_all, **others)
    rates = []
    for _ in range(steps_in_all):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if len(rates) < steps_in_all:
            schedule.step()
    return rates


def restarts(steps_in_all, first, factor):
    optimizer = torch.optim.SGD([tensor([0.0]).requires_grad_()], lr=0.1)
    schedule = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, first, factor)
    rates = []
    for _ in range(steps_in_all):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return rates


adam, adamw, usual = torch.optim.Adam, torch.optim.AdamW, (0.9, 0.999)
numbers = {
    "torch": torch.__version__, "a": A, "c": C, "q": Q, "start": START,
    "adam": steps(adam, 0.05, usual, 1e-7),
    "adam_large_epsilon": steps(adam, 0.05, (0.8, 0.99), 0.1),
    "adam_amsgrad": steps(adam, 0.05, usual, 1e-7, amsgrad=True),
    "adamw": steps(adamw, 0.05, usual, 1e-7, weight_decay=0.004),
    "adamw_amsgrad": steps(adamw, 0.02, (0.8, 0.99), 1e-3, weight_decay=0.3, amsgrad=True),
    "one_cycle": one_cycle(50, max_lr=0.5),
    "one_cycle_linear": one_cycle(41, max_lr=0.5, anneal_strategy="linear", pct_start=0.4,
                                  div_factor=10.0, final_div_factor=100.0),
    "cosine_restarts": restarts(80, 10, 2),
    "cosine_restarts_even": restarts(35, 7, 1),
}
print("{" + ",\n".join(f"{json.dumps(key)}: {json.dumps(numbers[key])}" for key in numbers) + "}")
