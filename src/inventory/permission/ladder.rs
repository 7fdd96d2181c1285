//! The ways that are known from some permissions to more of them, and the steps that each of them takes: data for `escalation.rs`.

/// A step on a way: an action, and what it must be allowed on.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// Anything.
    On(&'static str),
    /// Something of each of these patterns: an action that needs several resource types at once.
    OnEach(&'static str, &'static [&'static str]),
    /// A policy of the account that is attached to somebody.
    Policy(&'static str),
    /// One of those that has an older version to go back to.
    PolicyVersion(&'static str),
    /// A user.
    User(&'static str),
    /// A user other than the principal.
    OtherUser(&'static str),
    /// A group.
    Group(&'static str),
    /// The principal itself if it is a role, or a role that it may assume.
    Role(&'static str),
    /// Another role, which it may assume as far as its own policies go.
    Trust(&'static str),
    /// The same as `Role` with a permissions boundary, or the principal itself if it is a user with one.
    Boundary(&'static str),
    /// `iam:PassRole` of another role whose trust names this service.
    Pass(&'static str),
    /// A function whose role may do more.
    Function(&'static str),
    /// An instance whose role may do more.
    Instance(&'static str),
}

/// A way.
#[derive(Debug)]
pub struct Path {
    /// Its actions, joined by `+`.
    pub id: &'static str,
    /// All of its steps are needed.
    pub steps: &'static [Step],
}

const RUN: &[&str] = &[
    "arn:*:ec2:*:*:image/*", "arn:*:ec2:*:*:instance/*", "arn:*:ec2:*:*:network-interface/*", "arn:*:ec2:*:*:security-group/*",
    "arn:*:ec2:*:*:subnet/*", "arn:*:ec2:*:*:volume/*",
];

macro_rules! paths {
    ($($id:literal: [$($step:expr),+ $(,)?]),+ $(,)?) => {
        /// The ways.
        pub const PATHS: &[Path] = &[$(Path { id: $id, steps: { use Step::*; &[$($step),+] } }),+];
    };
}

paths! {
    "iam:CreatePolicyVersion": [Policy("iam:CreatePolicyVersion")],
    "iam:SetDefaultPolicyVersion": [PolicyVersion("iam:SetDefaultPolicyVersion")],
    "iam:CreateAccessKey": [OtherUser("iam:CreateAccessKey")],
    "iam:CreateLoginProfile": [OtherUser("iam:CreateLoginProfile")],
    "iam:UpdateLoginProfile": [OtherUser("iam:UpdateLoginProfile")],
    "iam:AttachUserPolicy": [User("iam:AttachUserPolicy")],
    "iam:AttachGroupPolicy": [Group("iam:AttachGroupPolicy")],
    "iam:AttachRolePolicy": [Role("iam:AttachRolePolicy")],
    "iam:PutUserPolicy": [User("iam:PutUserPolicy")],
    "iam:PutGroupPolicy": [Group("iam:PutGroupPolicy")],
    "iam:PutRolePolicy": [Role("iam:PutRolePolicy")],
    "iam:AddUserToGroup": [Group("iam:AddUserToGroup")],
    "iam:UpdateAssumeRolePolicy": [Trust("iam:UpdateAssumeRolePolicy")],
    "iam:DeleteUserPermissionsBoundary": [Boundary("iam:DeleteUserPermissionsBoundary")],
    "iam:DeleteRolePermissionsBoundary": [Boundary("iam:DeleteRolePermissionsBoundary")],
    "iam:PassRole+ec2:RunInstances": [Pass("ec2.amazonaws.com"), OnEach("ec2:RunInstances", RUN)],
    "iam:PassRole+ec2:RequestSpotInstances": [Pass("ec2.amazonaws.com"), On("ec2:RequestSpotInstances")],
    "ec2:ModifyInstanceAttribute+ec2:StopInstances+ec2:StartInstances":
        [Instance("ec2:ModifyInstanceAttribute"), Instance("ec2:StopInstances"), Instance("ec2:StartInstances")],
    "ec2-instance-connect:SendSSHPublicKey": [Instance("ec2-instance-connect:SendSSHPublicKey")],
    "ssm:StartSession": [Instance("ssm:StartSession")],
    "ssm:SendCommand": [Instance("ssm:SendCommand")],
    "iam:PassRole+lambda:CreateFunction+lambda:InvokeFunction":
        [Pass("lambda.amazonaws.com"), On("lambda:CreateFunction"), On("lambda:InvokeFunction")],
    "iam:PassRole+lambda:CreateFunction+lambda:CreateEventSourceMapping":
        [Pass("lambda.amazonaws.com"), On("lambda:CreateFunction"), On("lambda:CreateEventSourceMapping")],
    "iam:PassRole+lambda:CreateFunction+lambda:AddPermission":
        [Pass("lambda.amazonaws.com"), On("lambda:CreateFunction"), On("lambda:AddPermission")],
    "lambda:UpdateFunctionCode": [Function("lambda:UpdateFunctionCode")],
    "lambda:UpdateFunctionConfiguration": [Function("lambda:UpdateFunctionConfiguration")],
    "iam:PassRole+glue:CreateDevEndpoint": [Pass("glue.amazonaws.com"), On("glue:CreateDevEndpoint")],
    "iam:PassRole+glue:CreateJob+glue:StartJobRun": [Pass("glue.amazonaws.com"), On("glue:CreateJob"), On("glue:StartJobRun")],
    "iam:PassRole+glue:CreateJob+glue:CreateTrigger": [Pass("glue.amazonaws.com"), On("glue:CreateJob"), On("glue:CreateTrigger")],
    "iam:PassRole+glue:UpdateJob+glue:StartJobRun": [Pass("glue.amazonaws.com"), On("glue:UpdateJob"), On("glue:StartJobRun")],
    "iam:PassRole+glue:UpdateJob+glue:CreateTrigger": [Pass("glue.amazonaws.com"), On("glue:UpdateJob"), On("glue:CreateTrigger")],
    "iam:PassRole+glue:CreateSession+glue:RunStatement": [Pass("glue.amazonaws.com"), On("glue:CreateSession"), On("glue:RunStatement")],
    "iam:PassRole+cloudformation:CreateStack": [Pass("cloudformation.amazonaws.com"), On("cloudformation:CreateStack")],
    "iam:PassRole+cloudformation:CreateStackSet+cloudformation:CreateStackInstances":
        [Pass("cloudformation.amazonaws.com"), On("cloudformation:CreateStackSet"), On("cloudformation:CreateStackInstances")],
    "iam:PassRole+datapipeline:CreatePipeline+datapipeline:PutPipelineDefinition+datapipeline:ActivatePipeline":
        [Pass("datapipeline.amazonaws.com"), On("datapipeline:CreatePipeline"), On("datapipeline:PutPipelineDefinition"),
         On("datapipeline:ActivatePipeline")],
    "iam:PassRole+codestar:CreateProject": [Pass("codestar.amazonaws.com"), On("codestar:CreateProject")],
    "iam:PassRole+codebuild:CreateProject+codebuild:StartBuild":
        [Pass("codebuild.amazonaws.com"), On("codebuild:CreateProject"), On("codebuild:StartBuild")],
    "iam:PassRole+codebuild:CreateProject+codebuild:StartBuildBatch":
        [Pass("codebuild.amazonaws.com"), On("codebuild:CreateProject"), On("codebuild:StartBuildBatch")],
    "iam:PassRole+autoscaling:CreateAutoScalingGroup+autoscaling:CreateLaunchConfiguration":
        [Pass("ec2.amazonaws.com"), On("autoscaling:CreateAutoScalingGroup"), On("autoscaling:CreateLaunchConfiguration")],
    "iam:PassRole+autoscaling:UpdateAutoScalingGroup+autoscaling:CreateLaunchConfiguration":
        [Pass("ec2.amazonaws.com"), On("autoscaling:UpdateAutoScalingGroup"), On("autoscaling:CreateLaunchConfiguration")],
    "iam:PassRole+ecs:RegisterTaskDefinition+ecs:RunTask":
        [Pass("ecs-tasks.amazonaws.com"), On("ecs:RegisterTaskDefinition"), On("ecs:RunTask")],
    "iam:PassRole+ecs:RegisterTaskDefinition+ecs:StartTask":
        [Pass("ecs-tasks.amazonaws.com"), On("ecs:RegisterTaskDefinition"), On("ecs:StartTask")],
    "iam:PassRole+ecs:RegisterTaskDefinition+ecs:CreateService":
        [Pass("ecs-tasks.amazonaws.com"), On("ecs:RegisterTaskDefinition"), On("ecs:CreateService")],
    "iam:PassRole+sagemaker:CreateNotebookInstance+sagemaker:CreatePresignedNotebookInstanceUrl":
        [Pass("sagemaker.amazonaws.com"), On("sagemaker:CreateNotebookInstance"), On("sagemaker:CreatePresignedNotebookInstanceUrl")],
    "iam:PassRole+sagemaker:CreateTrainingJob": [Pass("sagemaker.amazonaws.com"), On("sagemaker:CreateTrainingJob")],
    "iam:PassRole+sagemaker:CreateProcessingJob": [Pass("sagemaker.amazonaws.com"), On("sagemaker:CreateProcessingJob")],
    "iam:PassRole+ssm:CreateDocument+ssm:StartAutomationExecution":
        [Pass("ssm.amazonaws.com"), On("ssm:CreateDocument"), On("ssm:StartAutomationExecution")],
    "iam:PassRole+apprunner:CreateService": [Pass("tasks.apprunner.amazonaws.com"), On("apprunner:CreateService")],
    "iam:PassRole+batch:RegisterJobDefinition+batch:SubmitJob":
        [Pass("ecs-tasks.amazonaws.com"), On("batch:RegisterJobDefinition"), On("batch:SubmitJob")],
    "iam:PassRole+states:CreateStateMachine+states:StartExecution":
        [Pass("states.amazonaws.com"), On("states:CreateStateMachine"), On("states:StartExecution")],
    "iam:PassRole+scheduler:CreateSchedule": [Pass("scheduler.amazonaws.com"), On("scheduler:CreateSchedule")],
    "iam:PassRole+elasticmapreduce:RunJobFlow": [Pass("elasticmapreduce.amazonaws.com"), On("elasticmapreduce:RunJobFlow")],
    "iam:PassRole+emr-serverless:CreateApplication+emr-serverless:StartJobRun":
        [Pass("emr-serverless.amazonaws.com"), On("emr-serverless:CreateApplication"), On("emr-serverless:StartJobRun")],
    "sso:CreatePermissionSet+sso:CreateAccountAssignment+sso:AttachManagedPolicyToPermissionSet":
        [On("sso:CreatePermissionSet"), On("sso:CreateAccountAssignment"), On("sso:AttachManagedPolicyToPermissionSet")],
}

impl Step {
    /// The action that it takes.
    pub fn action(self) -> &'static str {
        match self {
            Self::Pass(_) => "iam:PassRole",
            Self::On(action) | Self::OnEach(action, _) | Self::Policy(action) | Self::PolicyVersion(action) => action,
            Self::User(action) | Self::OtherUser(action) | Self::Group(action) | Self::Role(action) => action,
            Self::Trust(action) | Self::Boundary(action) | Self::Function(action) | Self::Instance(action) => action,
        }
    }
}
