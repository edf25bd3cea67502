"""eliteflow on Railway: one service, one volume. Used by `railway config plan` and `apply`; guide: docs/deploy.md.

Railway builds the Dockerfile at the root of the repository. It needs `pip install railway-sdk` where the command runs.
"""

from railway_sdk import define_railway, preserve, project, service, volume

# Binance does not serve the United States, where two of Railway's four regions are.
REGION = "asia-southeast1-eqsg3a"


@define_railway
def main(context: object = None) -> object:
    """Describe the project."""
    del context
    data = volume("eliteflow-data", region=REGION)
    eliteflow = service(
        "eliteflow",
        replicas={REGION: 1},
        healthcheck="/healthz",
        healthcheckTimeout=120,
        deploy={
            # Refusals of the venue do not end the program; what does needs a person, so the tries are bounded.
            "restartPolicyType": "ON_FAILURE",
            "restartPolicyMaxRetries": 5,
            "drainingSeconds": 15,
            "requiredMountPath": "/data",
        },
        env={
            "ELITEFLOW_LANG": "zh-CN",
            # Railway mounts volumes for root alone; the image's own user could not write there.
            "RAILWAY_RUN_UID": "0",
            # Set in the dashboard, and left as they are; market data needs neither.
            "BINANCE_API_KEY": preserve(),
            "BINANCE_API_SECRET": preserve(),
        },
        volumeMounts={"/data": data},
    )
    return project("eliteflow", resources=[eliteflow, data])
