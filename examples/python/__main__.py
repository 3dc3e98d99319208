import pulumi
import pulumi_swap as swap

config = pulumi.Config()

control = swap.ControlTable("control", name="python_demo_swap", deletion_protection=False)

orders = swap.VersionedTable(
    "orders",
    alias="python-orders",
    control_table=control,
    table=swap.VersionTableArgs(
        hash_key="orderId",
        attributes=[swap.TableAttributeArgs(name="orderId", type="S")],
    ),
    versions={
        "1": swap.VersionArgs(),
        "2": swap.VersionArgs(
            attributes=[
                swap.TableAttributeArgs(name="orderId", type="S"),
                swap.TableAttributeArgs(name="customer", type="S"),
                swap.TableAttributeArgs(name="placedAt", type="S"),
            ],
            global_secondary_indexes=[
                swap.TableGlobalSecondaryIndexArgs(
                    name="byCustomer",
                    hash_key="customer",
                    range_key="placedAt",
                    projection_type="ALL",
                )
            ],
        ),
    },
    active_version=config.require_int("activeVersion"),
    readiness=swap.ReadinessArgs(verify=swap.VerifiedArgs(within="1h")),
    retention=swap.RetentionArgs(grace="24h"),
    force_destroy=config.get_bool("forceDestroy") or False,
)

pulumi.export("activeTable", orders.active_table)
pulumi.export("environment", orders.environment)
